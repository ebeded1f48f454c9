"""👍 and 👎, the reason for a 👎, and a remark in one's own words."""

from telegram import CallbackQuery, Message
from telegram.constants import ChatType

from bot.chat.access import person_of
from bot.chat.addressing import question_answered
from bot.chat.service import Service
from bot.features.links import linked_question
from bot.render import message as messages
from bot.render.texts import Texts
from bot.storage.chats import Reply
from bot.storage.feedback import LONGEST_REMARK
from retrieval.answering.answerer import LONGEST_QUESTION

_LONGEST_NAME = 40


async def rate(
    service: Service, query: CallbackQuery, kept: Reply, shown: int, *, liked: bool
) -> None:
    """Counts the voice of who tapped, with the question of a disliked answer if those are kept."""
    question = None
    if not liked and service.keeps_questions and isinstance(query.message, Message):
        question = _question(service, query.message.reply_to_message)
    store = service.keeper.store
    rated = {"liked": liked, "shown": shown, "question": question}
    await service.keeper(store.rate, kept.id, query.from_user.id, **rated)


def _question(service: Service, asked: Message | None) -> str | None:
    """What was asked in a message that the bot answered: Telegram has it, we don't."""
    if asked is None:
        return None
    question = question_answered(asked, service.bot.bot)
    link = linked_question(question.removeprefix("/start").strip()) if question else None
    question = link or question
    if not question or question.startswith("/") or len(question) > LONGEST_QUESTION:
        return None
    return question


async def ask_for_remark(service: Service, query: CallbackQuery, texts: Texts, kept: Reply) -> bool:
    """Asks who tapped for a remark, in a message to reply to; False if there is one already."""
    assert query.message is not None
    feedback, user, chat = service.keeper.store.feedback, query.from_user, query.message.chat
    if await service.keeper(feedback.is_asked, kept.id, user.id):
        return False
    if not isinstance(query.message, Message):
        return True
    if chat.type == ChatType.PRIVATE:
        ask = messages.question_message(
            texts.remark_ask.format(limit=LONGEST_REMARK), texts.remark_hint
        )
    else:  # where others read along, the field opens for whom the message names alone
        ask = messages.question_message(
            texts.remark_ask_of.format(limit=LONGEST_REMARK, name="{name}"),
            texts.remark_hint,
            of=(user.id, messages.clip(user.first_name, _LONGEST_NAME)),
        )
    message = await service.say(query.message, ask)
    if message is not None:
        await service.keeper(feedback.ask, chat.id, message, kept.id, user.id)
    return True


async def on_reply(service: Service, message: Message, *, is_edit: bool) -> bool:
    """Keeps a remark; False if `message` is none, and may be a question."""
    original, user = message.reply_to_message, person_of(message)
    feedback, chat = service.keeper.store.feedback, message.chat.id
    if original is None or not original.from_user or original.from_user.id != service.bot.id:
        return False
    if not await service.keeper(feedback.is_prompt, chat, original.message_id):
        return False
    text = (message.text or "").strip()
    if user is None or not text or not await service.may_use(message):
        return True
    texts = await service.texts(message)
    if len(text) > LONGEST_REMARK:
        await service.tell(
            message, texts.remark_long.format(length=len(text), limit=LONGEST_REMARK)
        )
        return True
    is_theirs = await service.keeper(feedback.remark, chat, original.message_id, user, text)
    if is_theirs and not is_edit:
        await service.tell(message, texts.remark_kept)
    return True
