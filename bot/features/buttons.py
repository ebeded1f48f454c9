"""Buttons under the bot's messages. Their data are short ids, and nobody's word is trusted:
a reply is shown only in the chat it belongs to."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from telegram import CallbackQuery, Update
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.chat.context import Context, context_of
from bot.chat.service import Service
from bot.clock import china_today
from bot.features import about, asking, browsing, review, subscriptions
from bot.features import feedback as feedback_feature
from bot.features import settings as settings_feature
from bot.render import callbacks
from bot.render import message as messages
from bot.render.answer import Complaint, Kept, alternatives_message, answer_message
from bot.render.post import context_message, read_message
from bot.storage.feedback import REASONS
from bot.storage.replies import Reply
from bot.storage.subscription_values import Alert, Proposal
from retrieval.news.refining import narrower, wider


class TooOld(Exception):
    """What a button is about is not there any more, or never was for who tapped it."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a button, and the context of the message under which it is."""

    query: CallbackQuery
    context: Context

    @property
    def service(self) -> Service:
        return self.context.service

    async def acknowledge(self, text: str | None = None, *, alert: bool = False) -> None:
        """Ends the button's waiting state. If that fails, it is no reason not to act."""
        said = self.context.voice.plain(text or "")
        with contextlib.suppress(TelegramError):
            await self.query.answer(said or None, show_alert=alert)

    async def edit(self, content: messages.Message) -> None:
        """Edits the message; what was Traditional stays so."""
        context = self.context.answering(self.context.message.text or "")
        await context.edit(content, context.message.message_id)

    async def show(self, content: messages.Message, *, is_new: bool) -> None:
        """Shows it in a new message, or in place of this one."""
        if is_new:
            await self.context.answering(self.context.message.text or "").say(content)
        else:
            await self.edit(content)

    async def kept(self, reply: int, shown: int) -> Reply:
        """The reply that a button belongs to; raises `TooOld` if it is not of this chat, or has no
        such passage."""
        kept = await self.service.storage(self.service.storage.store.replies.get, reply)
        if kept is None or kept.chat != self.context.chat.id:
            raise TooOld
        if shown >= len(kept.answer.passages):
            raise TooOld
        return kept

    async def may_set(self) -> bool:
        """Whether who tapped may decide for the chat; whoever may not gets a refusal."""
        if await self.service.is_admin(self.context.chat, self.query.from_user):
            return True
        await self.acknowledge(self.context.texts.settings_admins, alert=True)
        return False

    @property
    def is_operators(self) -> bool:
        """Whether an operator tapped, in private."""
        return review.is_operator(self.service, self.query.from_user, self.context.chat)


async def on_button(service: Service, update: Update) -> None:
    """Does what the button says, or says kindly that it is too old."""
    query = update.callback_query
    if query is None or query.message is None or not query.data:
        return
    chat = query.message.chat
    context = await context_of(service, update)
    if context is None or not service.is_allowed(query.from_user, chat):
        with contextlib.suppress(TelegramError):
            await query.answer()
        return
    tap = Tap(query, context)
    if not service.may_tap(chat, query.from_user.id):
        service.metrics.refused()
        await tap.acknowledge(context.texts.too_fast)
        return
    try:
        callback = callbacks.decode(query.data)
        if callback is None:
            raise TooOld
        await _ACTIONS[type(callback)](tap, callback)
    except TooOld:
        await tap.acknowledge(context.texts.too_old, alert=True)


async def _on_passage(tap: Tap, to: callbacks.ShowPassage) -> None:
    """下一条, 上一条 and back from the context."""
    kept = await tap.kept(to.reply, to.shown)
    await tap.acknowledge()
    await tap.service.storage(tap.service.storage.store.replies.show, kept.id, to.shown)
    passage, message = kept.answer.passages[to.shown], tap.context.message
    conversations = tap.service.conversations
    conversations.show(message.chat.id, message.message_id, passage.post, passage.paragraph)
    await _show_passage(tap, kept, to.shown)


async def _show_passage(
    tap: Tap, kept: Reply, shown: int, complaint: Complaint | None = None
) -> None:
    storage = tap.service.storage
    content = answer_message(
        kept.answer,
        tap.context.texts,
        today=china_today(),
        shown=shown,
        kept=Kept(
            kept.id,
            tap.service.bot.username,
            await storage(storage.store.replies.ratings, kept.id),
            complaint,
        ),
    )
    await tap.edit(content)


async def _on_all(tap: Tap, listing: callbacks.ListAnswers) -> None:
    """☰ 全部: the alternatives as a list."""
    kept = await tap.kept(listing.reply, 0)
    await tap.acknowledge()
    await tap.edit(alternatives_message(kept.answer, tap.context.texts, reply=kept.id))


async def _on_context(tap: Tap, around: callbacks.ShowContext) -> None:
    """The paragraphs around the passage."""
    kept = await tap.kept(around.reply, around.shown)
    passage = kept.answer.passages[around.shown]
    story = await asyncio.to_thread(tap.service.library.story, passage.post)
    if story is None or passage.paragraph not in story.keys:
        raise TooOld  # the post was rewritten or is gone
    await tap.acknowledge()
    texts = tap.context.texts
    await tap.edit(context_message(story, passage, texts, reply=kept.id, shown=around.shown))


async def _on_rating(tap: Tap, rating: callbacks.Like | callbacks.Dislike) -> None:
    """👍 and 👎: one voice a user, changeable; who dislikes is asked why."""
    kept = await tap.kept(rating.reply, rating.shown)
    liked, texts = isinstance(rating, callbacks.Like), tap.context.texts
    await feedback_feature.rate(tap.service, tap.query, kept, rating.shown, liked=liked)
    await tap.acknowledge(texts.rated if liked else texts.disliked)
    await _show_passage(tap, kept, rating.shown, None if liked else "why")


async def _on_reason(tap: Tap, given: callbacks.GiveReason) -> None:
    """Why it is disliked; for a reason of another kind its words are asked for at once."""
    kept = await tap.kept(given.reply, given.shown)
    storage, reason = tap.service.storage, REASONS[given.reason]
    await feedback_feature.rate(tap.service, tap.query, kept, given.shown, liked=False)
    await storage(storage.store.feedback.give_reason, kept.id, tap.query.from_user.id, reason)
    await tap.acknowledge(tap.context.texts.rated)
    await _show_passage(tap, kept, given.shown, "more")
    if reason == "other":
        await feedback_feature.ask_for_remark(tap.context, tap.query, kept)


async def _on_remark(tap: Tap, remark: callbacks.WriteRemark) -> None:
    """补充说明: a message to which the remark is the reply."""
    kept = await tap.kept(remark.reply, remark.shown)
    await feedback_feature.rate(tap.service, tap.query, kept, remark.shown, liked=False)
    is_new = await feedback_feature.ask_for_remark(tap.context, tap.query, kept)
    await tap.acknowledge(None if is_new else tap.context.texts.remark_waits)


async def _on_read(tap: Tap, reading: callbacks.ReadPost) -> None:
    """The whole post: first as a new message, then leafed through in that message."""
    story = await asyncio.to_thread(tap.service.library.story, reading.post)
    if story is None:
        raise TooOld
    await tap.acknowledge()
    content = read_message(story, reading.page or 0, tap.context.texts)
    await tap.show(content, is_new=reading.page is None)


async def _on_latest(tap: Tap, listing: callbacks.ListLatest) -> None:
    await tap.acknowledge()
    await tap.edit(await browsing.latest_page(tap.context, listing.page, listing.category))


async def _on_place(tap: Tap, listing: callbacks.ListPlace) -> None:
    """More about a place: first as a new message, then leafed through in that message."""
    await tap.acknowledge()
    content = await browsing.place_page(tap.context, listing.page or 0, listing.place)
    await tap.show(content, is_new=listing.page is None)


async def _on_found(tap: Tap, listing: callbacks.ListFound) -> None:
    kept = await tap.kept(listing.reply, listing.page * browsing.PAGE)
    await tap.acknowledge()
    await tap.edit(browsing.search_page(tap.context, kept, listing.page))


async def _on_setting(tap: Tap, setting: callbacks.TurnSetting) -> None:
    context = tap.context
    if not await tap.may_set():
        return
    settings = await settings_feature.turn_setting(
        tap.service, context.chat, context.settings, setting.key
    )
    await tap.acknowledge()
    turned = context.with_settings(settings)
    content = settings_feature.settings_message(settings, turned.texts, context.chat)
    await turned.edit(content, context.message.message_id)


async def _on_query(tap: Tap, removed: callbacks.RemoveQuery) -> None:
    """A saved query is removed."""
    context, storage = tap.context, tap.service.storage
    if not await tap.may_set():
        return
    await storage(storage.store.subscriptions.queries.remove, removed.query, context.chat.id)
    await tap.acknowledge()
    await tap.edit(await subscriptions.watches_page(context))


async def _on_proposal(tap: Tap, to_do: callbacks.Propose) -> None:
    """A query that was previewed is saved, or a wider or narrower one is previewed."""
    context, storage = tap.context, tap.service.storage
    if not await tap.may_set():
        return
    find = storage.store.subscriptions.queries.proposed
    proposed = await storage(find, to_do.proposal, context.chat.id)
    if proposed is None:
        raise TooOld
    query, person = proposed.query, tap.query.from_user.id
    if to_do.deed == "k":
        await tap.acknowledge()
        done = await subscriptions.save(context, proposed, person)
        await tap.edit(messages.text_message(done))
        return
    changed = wider(query) if to_do.deed == "w" else narrower(query)
    if changed is None or tap.service.library.news is None:
        raise TooOld
    await tap.acknowledge()
    page = await subscriptions.preview_page(context, replace(proposed, query=changed), person)
    await tap.edit(page)


_ENOUGH = 2  # alerts of one type that were not wanted, until a narrower query is offered
_LONGEST_NOTICE = 200  # characters that Telegram shows to who tapped


async def _on_alert(tap: Tap, act: callbacks.ActOnAlert) -> None:
    """An alert was not what was wanted, or its query is no longer saved."""
    context, storage, texts = tap.context, tap.service.storage, tap.context.texts
    kept = storage.store.subscriptions
    if not await tap.may_set():
        return
    alerts = await storage(kept.alerts.of_dispatches, [act.dispatch])
    if not alerts or alerts[0].audience.chat != context.chat.id:
        raise TooOld
    alert = alerts[0]
    if act.deed == "u":
        await storage(kept.queries.drop, alert.audience, alert.query)
        await tap.acknowledge(texts.alert_ended.format(query=alert.query), alert=True)
        return
    story = await asyncio.to_thread(tap.service.library.story, alert.post)
    type_ = story.type if story else None
    count = await storage(kept.alerts.mark_unwanted, alert, type_ or "")
    saved = [saved.query for saved in await storage(kept.queries.of, alert.audience)]
    is_enough = alert.query in saved and count >= _ENOUGH
    narrow = narrower(alert.query, type_) if is_enough else None
    if narrow:
        await _offer_narrower(tap, alert, narrow, count)
    else:
        await tap.acknowledge(texts.alert_noted, alert=True)


async def _offer_narrower(tap: Tap, alert: Alert, narrow: str, count: int) -> None:
    """Offers a narrower query in place of the one that was alerted; in a channel, where all would
    read it, only to who tapped."""
    texts, query = tap.context.texts, alert.query
    if tap.context.chat.type == ChatType.CHANNEL or tap.service.library.news is None:
        how = texts.alert_narrow_here.format(query=query, narrow=narrow, count=count)
        await tap.acknowledge(messages.clip(how, _LONGEST_NOTICE), alert=True)
        return
    await tap.acknowledge(texts.alert_noted)
    proposal = Proposal(alert.audience, narrow, query)
    page = await subscriptions.preview_page(tap.context, proposal, tap.query.from_user.id)
    offer = messages.safe(texts.alert_narrow.format(query=query, count=count))
    await tap.show(replace(page, html=f"{offer}\n\n{page.html}"), is_new=True)


async def _on_review(tap: Tap, to_do: callbacks.Review) -> None:
    """What an operator does about a disliked answer."""
    if not tap.is_operators:
        raise TooOld
    content = await review.tapped(tap.context, to_do.deed, to_do.number)
    if content is None:
        raise TooOld
    await tap.acknowledge()
    await tap.edit(content)


async def _on_unanswered(tap: Tap, listing: callbacks.ListUnanswered) -> None:
    if not tap.is_operators:
        raise TooOld
    await tap.acknowledge()
    content = await review.unanswered_page(tap.service, tap.context.texts, listing.page)
    await tap.edit(content)


async def _on_offer(tap: Tap, _offer: callbacks.AskOffered) -> None:
    """The question with the name that was offered."""
    context = tap.context
    conversations = tap.service.conversations
    kept = conversations.at_answer(context.chat.id, context.message.message_id)
    if kept is None or not kept.offered:
        raise TooOld
    await tap.acknowledge()
    await asking.answer_offered(context, kept.offered)


async def _on_watch(tap: Tap, _watch: callbacks.WatchQuestion) -> None:
    """有消息时告诉我: the question becomes a saved query."""
    context = tap.context
    question = feedback_feature.question_of(tap.service, context.message.reply_to_message)
    if question is None:
        raise TooOld
    if not await tap.may_set():
        return
    query = question.rstrip("？?。！! ")
    if await subscriptions.is_watched(context, query):
        await tap.acknowledge(context.texts.watch_known)
        return
    await tap.acknowledge()
    done = await subscriptions.watch(context, query, tap.query.from_user.id)
    await context.answering(question).tell(done)


async def _on_rephrase(tap: Tap, _rephrase: callbacks.Rephrase) -> None:
    """换个问法: what helps, in a message to which the new question is the reply."""
    await tap.acknowledge()
    texts = tap.context.texts
    await tap.context.say(messages.question_message(texts.rephrase_how, texts.rephrase_hint))


async def _on_forget(tap: Tap, _forget: callbacks.Forget) -> None:
    """Deletes all about who asked for it: another who taps deletes nothing."""
    context, person = tap.context, tap.query.from_user.id
    asked = context.message.reply_to_message
    is_theirs = asked is not None and asked.from_user is not None and asked.from_user.id == person
    if context.is_private or is_theirs:
        await tap.acknowledge()
        await tap.edit(await about.forget(context, person))
    else:
        await tap.acknowledge(context.texts.forget_others)


async def _on_example(tap: Tap, example: callbacks.AskExample) -> None:
    """The question that stands on the button."""
    markup = tap.context.message.reply_markup
    rows = markup.inline_keyboard if markup else ()
    labels = [b.text for row in rows for b in row if b.callback_data == example.data]
    if not labels or not tap.context.is_private:
        raise TooOld
    await tap.acknowledge()
    await asking.ask_example(tap.context, labels[0])


_ACTIONS: dict[type[callbacks.Callback], Callable[[Tap, Any], Awaitable[None]]] = {
    callbacks.ShowPassage: _on_passage,
    callbacks.ShowContext: _on_context,
    callbacks.Like: _on_rating,
    callbacks.Dislike: _on_rating,
    callbacks.GiveReason: _on_reason,
    callbacks.WriteRemark: _on_remark,
    callbacks.ReadPost: _on_read,
    callbacks.ListLatest: _on_latest,
    callbacks.ListPlace: _on_place,
    callbacks.ListFound: _on_found,
    callbacks.Review: _on_review,
    callbacks.ListUnanswered: _on_unanswered,
    callbacks.RemoveQuery: _on_query,
    callbacks.Propose: _on_proposal,
    callbacks.ActOnAlert: _on_alert,
    callbacks.TurnSetting: _on_setting,
    callbacks.AskOffered: _on_offer,
    callbacks.ListAnswers: _on_all,
    callbacks.Forget: _on_forget,
    callbacks.WatchQuestion: _on_watch,
    callbacks.Rephrase: _on_rephrase,
    callbacks.AskExample: _on_example,
}
