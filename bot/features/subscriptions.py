"""`/watch`, `/watches` and `/digest`, in private chats, groups, topics and channels."""

import asyncio
import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.chat.access import person_of, sender_of
from bot.chat.clock import now
from bot.chat.service import Service, place_of
from bot.features.schedules import next_time, parse_schedule
from bot.render import message as messages
from bot.render.texts import Texts
from bot.storage.subscriptions import MOST_WATCHES, Audience
from retrieval.question.filters import located, narrowed

LONGEST_QUERY = 100


def audience_of(message: Message) -> Audience:
    """Where what `message` asks for is to be sent."""
    place = place_of(message)
    return Audience(place.chat, place.thread or 0, place.is_private)


async def _may_set(service: Service, message: Message) -> Texts | None:
    """The words to say if the sender may decide for the chat, else None, after a word to them."""
    if not await service.may_use(message):
        return None
    texts = await service.texts(message)
    if not await service.is_admin(message.chat, sender_of(message)):
        await service.tell(message, texts.settings_admins)
        return None
    return texts


def _argument(message: Message) -> str:
    words = (message.text or "").split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""


async def on_watch(service: Service, update: Update) -> None:
    """Saves a query."""
    message = update.effective_message
    if message is None or (texts := await _may_set(service, message)) is None:
        return
    query = " ".join(_argument(message).split())
    _, filters = narrowed(query)
    if not re.search(r"\w{2}", query):
        await service.tell(message, texts.watch_empty)
    elif located(filters) is None:
        await service.tell(message, texts.place_unknown.format(place=filters.place))
    elif len(query) > LONGEST_QUERY:
        await service.tell(message, texts.watch_long.format(limit=LONGEST_QUERY))
    else:
        user = person_of(message)
        add = service.keeper.store.watches.add
        saved = await service.keeper(add, audience_of(message), user, query)
        words = texts.watch_saved if saved else texts.watch_many
        await service.tell(message, words.format(query=query, limit=MOST_WATCHES))


async def on_watches(service: Service, update: Update) -> None:
    """Lists the saved queries, each a button that removes it."""
    message = update.effective_message
    if message and await service.may_use(message):
        texts = await service.texts(message)
        await service.say(message, await watches_page(service, audience_of(message), texts))


async def watches_page(service: Service, audience: Audience, texts: Texts) -> messages.Message:
    """The saved queries of a chat or topic."""
    watches = await service.keeper(service.keeper.store.watches.of, audience)
    if not watches:
        return messages.text_message(texts.watches_none)
    rows = [
        [InlineKeyboardButton(f"✖ {messages.clip(w.query, 40)}", callback_data=f"w:{w.id}")]
        for w in watches
    ]
    return messages.Message(
        messages.text_message(texts.watches_title).html, InlineKeyboardMarkup(rows)
    )


async def on_digest(service: Service, update: Update) -> None:
    """Sets, changes or ends the chat's digest."""
    message = update.effective_message
    if message is None or (texts := await _may_set(service, message)) is None:
        return
    words, audience = _argument(message), audience_of(message)
    watches = service.keeper.store.watches
    if words.lower() in ("off", "关", "取消"):
        await service.keeper(watches.end_digest, audience)
        await service.tell(message, texts.digest_off)
        return
    schedule = await asyncio.to_thread(parse_schedule, words)
    if schedule is None:
        await service.tell(message, texts.digest_how)
        return
    due = next_time(schedule, now())
    user = person_of(message)
    await service.keeper(watches.set_digest, audience, user, schedule, due)
    when = f"{texts.date.format(due)} {due:%H:%M} ({schedule['zone']})"
    await service.tell(message, texts.digest_set.format(when=when))


async def on_channel_command(service: Service, update: Update) -> None:
    """The same three as posts in a channel, where whoever may post is its admin."""
    message = update.channel_post
    name = (message.text or "").split(maxsplit=1)[0][1:] if message else ""
    command, _, target = name.lower().partition("@")
    if not target or target == service.bot.username.lower():
        await COMMANDS[command](service, update)


COMMANDS = {"watch": on_watch, "watches": on_watches, "digest": on_digest}
IN_CHANNEL = re.compile(r"^/(watch|watches|digest)(@\w+)?(\s|$)", re.IGNORECASE)
