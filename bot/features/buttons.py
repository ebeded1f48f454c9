"""Buttons under the bot's messages. Their data are short ids, and nobody's word is trusted:
a reply is shown only in the chat it belongs to."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable

from telegram import CallbackQuery, Chat, Message, Update
from telegram.error import TelegramError

from bot.chat.access import texts_for
from bot.chat.clock import now
from bot.chat.service import Service
from bot.features import browsing, review, subscriptions
from bot.features import feedback as feedback_feature
from bot.features import settings as settings_feature
from bot.render import message as messages
from bot.render import telegram as render
from bot.render.texts import Texts
from bot.storage.chats import Reply
from bot.storage.feedback import REASONS
from corpus import chinese
from corpus.reading.posts import CHINA


async def on_button(service: Service, update: Update) -> None:
    """Does what the button says, or says kindly that it is too old."""
    query = update.callback_query
    if query is None or query.message is None or not query.data:
        return
    chat = query.message.chat
    if not service.is_allowed(query.from_user, chat):
        await _acknowledge(query)
        return
    texts = texts_for(chat, query.from_user, await service.settings(chat.id))
    if not service.may_tap(chat):
        service.metrics.refused()
        await _acknowledge(query, texts.too_fast)
        return
    for pattern, action in _ACTIONS:
        if match := re.fullmatch(pattern, query.data, re.ASCII):
            if await action(service, query, texts, *match.groups()):
                return
            break
    await _acknowledge(query, texts.too_old, alert=True)


async def _on_passage(
    service: Service, query: CallbackQuery, texts: Texts, reply: str, shown: str
) -> bool:
    """下一条, 上一条 and back from the context."""
    kept = await _kept(service, query, reply, shown)
    if kept is None:
        return False
    await _acknowledge(query)
    await service.keeper(service.keeper.store.show, kept.id, int(shown))
    await _show_passage(service, query, texts, kept, int(shown))
    return True


async def _show_passage(
    service: Service,
    query: CallbackQuery,
    texts: Texts,
    kept: Reply,
    shown: int,
    complaint: render.Complaint | None = None,
) -> None:
    ratings = await service.keeper(service.keeper.store.ratings, kept.id)
    today = now().astimezone(CHINA).date()
    content = render.answer_message(
        kept.answer,
        texts,
        today=today,
        reply=kept.id,
        shown=shown,
        ratings=ratings,
        places=await service.places(kept.answer, shown),
        complaint=complaint,
    )
    await _edit(service, query, content)


async def _on_context(
    service: Service, query: CallbackQuery, texts: Texts, reply: str, shown: str
) -> bool:
    """The paragraphs around the passage."""
    kept = await _kept(service, query, reply, shown)
    if kept is None:
        return False
    passage = kept.answer.passages[int(shown)]
    story = await asyncio.to_thread(service.library.story, passage.post)
    if story is None or passage.paragraph not in story.keys:
        return False  # the post was rewritten or is gone
    await _acknowledge(query)
    content = render.context_message(story, passage, texts, reply=kept.id, shown=int(shown))
    await _edit(service, query, content)
    return True


async def _on_rating(
    service: Service, query: CallbackQuery, texts: Texts, sign: str, reply: str, shown: str
) -> bool:
    """👍 and 👎: one voice a user, changeable; who dislikes is asked why."""
    kept = await _kept(service, query, reply, shown)
    if kept is None:
        return False
    liked = sign == "u"
    await feedback_feature.rate(service, query, kept, int(shown), liked=liked)
    await _acknowledge(query, texts.rated if liked else texts.disliked)
    await _show_passage(service, query, texts, kept, int(shown), None if liked else "why")
    return True


async def _on_reason(
    service: Service, query: CallbackQuery, texts: Texts, reply: str, shown: str, reason: str
) -> bool:
    """Why it is disliked; for a reason of another kind its words are asked for at once."""
    kept = await _kept(service, query, reply, shown)
    if kept is None:
        return False
    feedback = service.keeper.store.feedback
    await feedback_feature.rate(service, query, kept, int(shown), liked=False)
    await service.keeper(feedback.give_reason, kept.id, query.from_user.id, REASONS[reason])
    await _acknowledge(query, texts.rated)
    await _show_passage(service, query, texts, kept, int(shown), "more")
    if REASONS[reason] == "other":
        await feedback_feature.ask_for_remark(service, query, texts, kept)
    return True


async def _on_remark(
    service: Service, query: CallbackQuery, texts: Texts, reply: str, shown: str
) -> bool:
    """补充说明: a message to which the remark is the reply."""
    kept = await _kept(service, query, reply, shown)
    if kept is None:
        return False
    await feedback_feature.rate(service, query, kept, int(shown), liked=False)
    is_new = await feedback_feature.ask_for_remark(service, query, texts, kept)
    await _acknowledge(query, None if is_new else texts.remark_waits)
    return True


async def _on_read(
    service: Service, query: CallbackQuery, texts: Texts, post: str, page: str
) -> bool:
    """The whole post: first as a new message, then leafed through in that message."""
    story = await asyncio.to_thread(service.library.story, post)
    if story is None:
        return False
    await _acknowledge(query)
    content = render.read_message(story, int(page or 0), texts)
    if page:
        await _edit(service, query, content)
    elif isinstance(query.message, Message):
        await service.say(query.message, content)
    return True


async def _on_latest(
    service: Service, query: CallbackQuery, texts: Texts, page: str, category: str
) -> bool:
    await _acknowledge(query)
    await _edit(service, query, await browsing.latest_page(service, texts, int(page), category))
    return True


async def _on_place(
    service: Service, query: CallbackQuery, texts: Texts, page: str, place: str
) -> bool:
    """More about a place: first as a new message, then leafed through in that message."""
    await _acknowledge(query)
    content = await browsing.place_page(service, texts, int(page or 0), place)
    if page:
        await _edit(service, query, content)
    elif isinstance(query.message, Message):
        await service.say(query.message, content)
    return True


async def _on_search(
    service: Service, query: CallbackQuery, texts: Texts, reply: str, page: str
) -> bool:
    kept = await _kept(service, query, reply, str(int(page) * browsing.PAGE))
    if kept is None:
        return False
    await _acknowledge(query)
    await _edit(service, query, browsing.search_page(kept.answer, texts, kept.id, int(page)))
    return True


async def _on_setting(service: Service, query: CallbackQuery, texts: Texts, key: str) -> bool:
    assert query.message is not None
    chat = query.message.chat
    if not await _may_set(service, query, texts, chat):
        return True
    settings = await settings_feature.turn_setting(service, chat, key)
    await _acknowledge(query)
    texts = texts_for(chat, query.from_user, settings)
    await _edit(service, query, settings_feature.settings_message(settings, texts, chat))
    return True


async def _may_set(service: Service, query: CallbackQuery, texts: Texts, chat: Chat) -> bool:
    """Whether who tapped may decide for the chat; who may not is told so."""
    if await service.is_admin(chat, query.from_user):
        return True
    await _acknowledge(query, texts.settings_admins, alert=True)
    return False


async def _on_watch(service: Service, query: CallbackQuery, texts: Texts, watch: str) -> bool:
    """A saved query is removed."""
    if not isinstance(query.message, Message):
        return False
    chat = query.message.chat
    if not await _may_set(service, query, texts, chat):
        return True
    await service.keeper(service.keeper.store.watches.remove, int(watch), chat.id)
    await _acknowledge(query)
    audience = subscriptions.audience_of(query.message)
    await _edit(service, query, await subscriptions.watches_page(service, audience, texts))
    return True


async def _on_review(
    service: Service, query: CallbackQuery, texts: Texts, deed: str, number: str | None
) -> bool:
    """What an operator does about a disliked answer."""
    message = query.message
    if not isinstance(message, Message) or not _is_operator(service, query):
        return False
    at = None if number is None else int(number)
    content = await review.tapped(service, message, texts, deed, at)
    if content is None:
        return False
    await _acknowledge(query)
    await _edit(service, query, content)
    return True


async def _on_unanswered(service: Service, query: CallbackQuery, texts: Texts, page: str) -> bool:
    if not _is_operator(service, query):
        return False
    await _acknowledge(query)
    await _edit(service, query, await review.unanswered_page(service, texts, int(page)))
    return True


def _is_operator(service: Service, query: CallbackQuery) -> bool:
    assert query.message is not None
    return review.is_operator(service, query.from_user, query.message.chat)


_ACTIONS: tuple[tuple[str, Callable[..., Awaitable[bool]]], ...] = (
    (r"p:(\d{1,15}):(\d{1,3})", _on_passage),
    (r"c:(\d{1,15}):(\d{1,3})", _on_context),
    (r"([ud]):(\d{1,15}):(\d{1,3})", _on_rating),
    (r"x:(\d{1,15}):(\d{1,3}):([wone])", _on_reason),
    (r"m:(\d{1,15}):(\d{1,3})", _on_remark),
    (r"r:([A-Za-z0-9]{1,40}):(\d{0,5})", _on_read),
    (r"l:(\d{1,6}):([^:]{0,40})", _on_latest),
    (r"g:(\d{0,5}):([^:]{1,20})", _on_place),
    (r"f:(\d{1,15}):(\d{1,3})", _on_search),
    (r"v:([gipscmdyu])(?::(\d{1,15}))?", _on_review),
    (r"n:(\d{1,6})", _on_unanswered),
    (r"w:(\d{1,15})", _on_watch),
    (r"s:([lapoqh])", _on_setting),
)


async def _kept(service: Service, query: CallbackQuery, reply: str, shown: str) -> Reply | None:
    """The reply a button hangs on, if it belongs to this chat and has such a passage."""
    kept = await service.keeper(service.keeper.store.reply, int(reply))
    assert query.message is not None
    if kept is None or kept.chat != query.message.chat.id:
        return None
    return kept if int(shown) < len(kept.answer.passages) else None


async def _acknowledge(
    query: CallbackQuery, text: str | None = None, *, alert: bool = False
) -> None:
    """Ends the button's waiting state. If that fails, it is no reason not to act."""
    with contextlib.suppress(TelegramError):
        await query.answer(text, show_alert=alert)


async def _edit(service: Service, query: CallbackQuery, content: messages.Message) -> None:
    """Edits the message under which the button is; what was Traditional stays so."""
    assert query.message is not None
    if isinstance(query.message, Message) and chinese.is_traditional(query.message.text or ""):
        content = messages.traditional(content)
    await service.outbox.edit(content, query.message.chat.id, query.message.message_id)
