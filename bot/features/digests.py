"""`/digest` and `/template`: what a chat gets at its time of day, and how its posts look."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.context import Context
from bot.chat.service import Service
from bot.chat.voice import Voice
from bot.clock import now
from bot.features.filters import commonest_category, unknown_filters
from bot.features.schedules import described, next_time, parse_schedule, written_time
from bot.render import message as messages
from bot.render import templates
from bot.render.lists import list_message
from bot.storage.subscription_values import Audience, Schedule
from corpus.chinese import simplified
from corpus.store.values import Filters
from retrieval.engine.news import News
from retrieval.news.saved_queries import opening

DIGEST_POSTS = 10
"""Posts of a digest."""

_SHOWN = 40  # characters of what can't be read

_OFF = ("off", "关", "关闭", "取消")
_NOW = ("now", "现在", "预览")


async def digest_html(
    service: Service,
    news: News,
    audience: Audience,
    schedule: Schedule,
    voice: Voice,
    *,
    due: datetime,
    since: datetime,
) -> str | None:
    """What a digest says at the moment `due` of what came after `since`, within its day or week;
    None if that is nothing."""
    texts, subscriptions = voice.texts, service.storage.store.subscriptions
    days = 7 if schedule.is_weekly else 1
    since = max(min(since, due - timedelta(days=days)), due - timedelta(days=days, hours=6))
    queries = None
    if schedule.watched:
        queries = [
            saved.query for saved in await service.storage(subscriptions.queries.of, audience)
        ]
    best = await asyncio.to_thread(
        news.important, since, due, schedule.category, queries, DIGEST_POSTS
    )
    if not best:
        return None
    day = texts.date.format(due.astimezone(ZoneInfo(schedule.zone)))
    title = texts.digest_title.format(day=day)
    if voice.template:
        passages = [opening(one.story) for one in best if one.story.keys]
        html = f"<b>{messages.safe(title)}</b>\n\n"
        html += templates.filled(passages, voice.template, texts)
    else:
        posts = [one.story.post for one in best]
        html = list_message(title, posts, texts, first=1).html
    return voice.written(messages.Message(html)).html


async def on_digest(context: Context) -> None:
    """Sets, changes, shows or ends the chat's digest."""
    if not await context.may_set():
        return
    texts, storage, audience = context.texts, context.service.storage, context.audience
    digests = storage.store.subscriptions.digests
    first, _, rest = simplified(context.argument).partition(" ")
    if first.lower() in _OFF:
        await storage(digests.end, audience)
        await context.tell(texts.digest_off)
    elif first.lower() in _NOW:
        await _digest_now(context, rest)
    elif schedule := await asyncio.to_thread(parse_schedule, context.argument):
        if refusal := await _refusal(context, schedule):
            await context.tell(refusal)
            return
        due = next_time(schedule, now())
        await storage(digests.set, audience, context.person, schedule, due)
        await context.remember_language()
        when = written_time(due, schedule, texts)
        await context.tell(texts.digest_set.format(when=when))
    else:
        set_ = await storage(digests.of, audience)
        now_set = [texts.digest_now.format(schedule=described(set_, texts)), ""] if set_ else []
        await _tell_how(context, context.argument, now_set)


async def _tell_how(context: Context, unread: str, now_set: Sequence[str] = ()) -> None:
    """Says how a digest is set, after what could not be read, if anything, and what is set."""
    texts = context.texts
    wrong = [texts.digest_unclear.format(wanted=messages.clip(unread, _SHOWN))] if unread else []
    how = texts.digest_how.format(category=await commonest_category(context.service))
    await context.tell("\n".join([*wrong, *now_set, how]))


async def _refusal(context: Context, schedule: Schedule) -> str | None:
    category = Filters(category=schedule.category)
    return await unknown_filters(context.service, category, context.texts)


async def _digest_now(context: Context, wanted: str) -> None:
    """Sends the digest as it would be now: as it is set, or as `wanted`."""
    service, texts, audience = context.service, context.texts, context.audience
    news, storage = service.library.news, service.storage
    schedule = None
    if not wanted:
        schedule = await storage(storage.store.subscriptions.digests.of, audience)
    # The hour is of no matter for what is sent at once.
    schedule = schedule or await asyncio.to_thread(parse_schedule, f"00:00 {wanted}")
    if schedule is None or news is None:
        await _tell_how(context, wanted)
        return
    if refusal := await _refusal(context, schedule):
        await context.tell(refusal)
        return
    at = now()
    html = await digest_html(service, news, audience, schedule, context.voice, due=at, since=at)
    if html is None:
        nothing = texts.digest_nothing_week if schedule.is_weekly else texts.digest_nothing
        await context.tell(nothing)
        return
    # In a channel it is a post like others, no reply to the command.
    to = context.destination.to if context.message.from_user else None
    await service.outbox.send(messages.Message(html), replace(context.destination, to=to))


async def on_template(context: Context) -> None:
    """Sets, shows or ends the template of what the chat is sent."""
    if not await context.may_set():
        return
    service, texts = context.service, context.texts
    change = service.storage.store.settings.change
    wanted = context.argument
    if simplified(wanted).lower() in _OFF:
        await service.storage(change, context.chat.id, template=None)
        await context.tell(texts.template_off)
    elif not wanted:
        set_ = context.settings.template
        now_set = [texts.template_now.format(template=set_), ""] if set_ else []
        await context.tell("\n".join([*now_set, texts.template_how]))
    elif refusal := _fault(wanted, texts.template_fields, context):
        await context.tell(refusal)
    else:
        await service.storage(change, context.chat.id, template=wanted)
        await context.say(await _example(context, wanted))


def _fault(template: str, fields: str, context: Context) -> str | None:
    """What is wrong with a template, and which fields there are."""
    texts = context.texts
    if len(template) > templates.LONGEST:
        return texts.template_long.format(length=len(template), limit=templates.LONGEST)
    if wrong := templates.wrong_field(template):
        said = texts.template_brace if len(wrong) == 1 else texts.template_wrong
        return f"{said.format(field=wrong)}\n{fields}"
    return None if templates.has_field(template) else f"{texts.template_none}\n{fields}"


async def _example(context: Context, template: str) -> messages.Message:
    """That the template is set, and what the newest post looks like by it."""
    library, texts = context.service.library, context.texts
    said = messages.safe(texts.template_set)
    newest = await asyncio.to_thread(library.listed, Filters(), 1, 0)
    story = await asyncio.to_thread(library.story, newest[0].id) if newest else None
    if story is None or not story.keys:
        return messages.Message(said)
    return messages.Message(f"{said}\n\n{templates.filled([opening(story)], template, texts)}")


COMMANDS = {"digest": on_digest, "template": on_template}
