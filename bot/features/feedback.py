"""👍 and 👎, the reason for a 👎, and a remark in one's own words."""

from telegram import CallbackQuery, Message

from bot.chat.addressing import question_answered
from bot.chat.context import Context
from bot.chat.service import Service
from bot.features.links import linked_question
from bot.render import message as messages
from bot.storage.feedback import LONGEST_REMARK
from bot.storage.replies import Reply
from retrieval.answering.errors import LONGEST_QUESTION

_LONGEST_NAME = 40


async def rate(
    service: Service, query: CallbackQuery, kept: Reply, shown: int, *, liked: bool
) -> None:
    """Counts the voice of who tapped, with the question of a disliked answer if those are kept."""
    question = None
    if not liked and service.keeps_questions and isinstance(query.message, Message):
        question = question_of(service, query.message.reply_to_message)
    store = service.storage.store
    rated = {"liked": liked, "shown": shown, "question": question}
    await service.storage(store.replies.rate, kept.id, query.from_user.id, **rated)


def question_of(service: Service, asked: Message | None) -> str | None:
    """What was asked in a message that the bot answered: Telegram has it, we don't."""
    if asked is None:
        return None
    question = question_answered(asked, service.bot.bot)
    link = linked_question(question.removeprefix("/start").strip()) if question else None
    question = link or question
    if not question or question.startswith("/") or len(question) > LONGEST_QUESTION:
        return None
    return question


async def ask_for_remark(context: Context, query: CallbackQuery, kept: Reply) -> bool:
    """Asks who tapped for a remark, in a message to reply to; False if there is one already."""
    storage, texts, user = context.service.storage, context.texts, query.from_user
    feedback = storage.store.feedback
    if await storage(feedback.is_asked, kept.id, user.id):
        return False
    if context.is_private:
        ask = messages.question_message(
            texts.remark_ask.format(limit=LONGEST_REMARK), texts.remark_hint
        )
    else:  # where others read along, the field opens for whom the message names alone
        ask = messages.question_message(
            texts.remark_ask_of.format(limit=LONGEST_REMARK, name="{name}"),
            texts.remark_hint,
            of=(user.id, messages.clip(user.first_name, _LONGEST_NAME)),
        )
    message = await context.say(ask, part="prompt")
    if message is not None:
        await storage(feedback.ask, context.chat.id, message, kept.id, user.id)
    return True


async def on_reply(context: Context) -> bool:
    """Keeps a remark; False if the message is none, and may be a question."""
    service, original, user = context.service, context.message.reply_to_message, context.person
    feedback, chat = service.storage.store.feedback, context.chat.id
    if original is None or not original.from_user or original.from_user.id != service.bot.id:
        return False
    if not await service.storage(feedback.is_prompt, chat, original.message_id):
        return False
    text = (context.message.text or "").strip()
    if user is None or not text or not await context.may_use():
        return True
    texts = context.texts
    if len(text) > LONGEST_REMARK:
        await context.tell(texts.remark_long.format(length=len(text), limit=LONGEST_REMARK))
        return True
    is_theirs = await service.storage(feedback.remark, chat, original.message_id, user, text)
    if is_theirs and not context.is_edit:
        await context.tell(texts.remark_kept)
    return True
