"""`/review` and `/unanswered`: operators correct answers.

What a message of `/review` is about is kept (`bot_reviews`), so that its buttons hold nothing
but a letter and a number; whether who taps or replies is an operator is asked each time.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from telegram import Chat, User
from telegram.constants import ChatType

from bot import review_actions
from bot.chat.context import Context
from bot.chat.service import Service
from bot.clock import china_today
from bot.render import message as messages
from bot.render import review as render
from bot.render.callbacks import ListUnanswered, leaf_buttons
from bot.render.texts import Texts
from bot.review_actions import NotAccepted
from bot.storage.feedback import Disliked
from corpus.store.values import Story
from retrieval.answering.answer import Passage
from retrieval.answering.errors import LONGEST_QUESTION
from retrieval.question.clusters import groups

T = TypeVar("T")

MOST_CHOICES = 6
PAGE = 8
"""Groups of questions on one page of `/unanswered`."""

State = dict[str, Any]
"""`at`, the number of a dislike; `asked`, a question that an operator typed; `choices`, (post,
number of a paragraph) each; `done`, the correction made, `told`, the line about it, `judged`;
`writes`, whether a reply names synonyms."""


def is_operator(service: Service, user: User | None, chat: Chat) -> bool:
    """Whether a user may review here: an operator, in private."""
    return chat.type == ChatType.PRIVATE and user is not None and user.id in service.operators


async def _is_for_operator(context: Context) -> bool:
    """Whether an operator wrote; for all others there is no such command."""
    if not context.is_private or not await context.may_use():
        return False
    if is_operator(context.service, context.user, context.chat):
        return True
    await context.tell(context.texts.unknown_command)
    return False


async def on_review(context: Context) -> None:
    """The first disliked answer; or a question that is typed behind the command."""
    if not await _is_for_operator(context):
        return
    if question := context.argument:
        state: State = {"asked": question[:LONGEST_QUESTION]}
    else:
        storage = context.service.storage
        items = await storage(storage.store.replies.disliked)
        if not items:
            await context.tell(context.texts.review_none)
            return
        state = {"at": items[0].id}
    await _say(context, await _Desk.open(context.service, state, context.texts))


async def on_unanswered(context: Context) -> None:
    """Questions without an answer, those alike together."""
    if await _is_for_operator(context):
        await context.say(await unanswered_page(context.service, context.texts, 0))


async def unanswered_page(service: Service, texts: Texts, page: int) -> messages.Message:
    """Page number `page`, from 0, of the questions without an answer."""
    if not service.keeps_questions:
        return messages.text_message(texts.unanswered_off)
    kept = await service.storage(service.storage.store.feedback.unanswered)
    if not kept:
        return messages.text_message(texts.unanswered_none)
    found = await asyncio.to_thread(groups, [question for question, _ in kept])
    clusters = [([kept[at][0] for at in group], kept[group[0]][1]) for group in found]
    first = page * PAGE
    pages = leaf_buttons(ListUnanswered, page, more=len(clusters) > first + PAGE)
    shown = clusters[first : first + PAGE]
    return render.unanswered_message(shown, texts, first=first + 1, pages=pages)


async def tapped(context: Context, deed: str, number: int | None) -> messages.Message | None:
    """What an operator's message of `/review` becomes by a tap; None if it can't be done."""
    state = await _state(context, context.message.message_id)
    if state is None:
        return None
    desk = await _Desk.open(context.service, state, context.texts)
    try:
        content = await desk.do(deed, number)
    except NotAccepted:
        return None
    await _note(context, context.message.message_id, desk)
    return content


async def on_reply(context: Context) -> bool:
    """What an operator writes in reply to a message of `/review`; False if it is none."""
    original = context.message.reply_to_message
    if original is None or not is_operator(context.service, context.user, context.chat):
        return False
    state = await _state(context, original.message_id)
    if state is None:
        return False
    text = (context.message.text or "").strip()
    if text and await context.may_use():
        desk = await _Desk.open(context.service, state, context.texts)
        await desk.read(text[:LONGEST_QUESTION])
        await _say(context, desk)
    return True


async def _state(context: Context, message: int) -> State | None:
    storage = context.service.storage
    return await storage(storage.store.feedback.review, context.chat.id, message)


async def _say(context: Context, desk: "_Desk") -> None:
    sent = await context.say(await desk.page())
    if sent is not None:
        await _note(context, sent, desk)


async def _note(context: Context, message: int, desk: "_Desk") -> None:
    storage = context.service.storage
    await storage(storage.store.feedback.note_review, context.chat.id, message, desk.state)


class _Desk:
    """What one message of `/review` is about, and what is done there."""

    def __init__(
        self, service: Service, state: State, texts: Texts, items: Sequence[Disliked]
    ) -> None:
        self.state = state
        self._service = service
        self._texts = texts
        self._open = items
        self._item: Disliked | None = None

    @classmethod
    async def open(cls, service: Service, state: State, texts: Texts) -> "_Desk":
        """The desk with this state on it."""
        store = service.storage.store
        desk = cls(service, state, texts, await service.storage(store.replies.disliked))
        if "at" in state:
            everything = await service.storage(store.replies.disliked, settled=True)
            desk._item = next((one for one in everything if state["at"] in one.ids), None)
        return desk

    @property
    def _question(self) -> str | None:
        asked: str | None = self.state.get("asked")
        return asked or (self._item.question if self._item else None)

    # --- pages ---------------------------------------------------------------------------

    async def page(self) -> messages.Message:
        """The message, as the state has it."""
        if "told" in self.state:
            return await self._done_page()
        if "choices" in self.state:
            return await self._choices_page()
        if self.state.get("writes"):
            return render.synonym_message(self._question, self._texts)
        return await self._item_page()

    async def _item_page(self) -> messages.Message:
        if self._item is None and self._question is None:
            return self._line(self._texts.review_gone)
        if self._item is None:
            question = self._question or ""
            passage = await self._answer(question)
            return render.question_message(question, passage, self._texts, today=china_today())
        return render.item_message(
            self._item, self._question, self._position(), self._texts, today=china_today()
        )

    def _position(self) -> render.Position:
        ids = [one.id for one in self._open]
        here = next((n for n, one in enumerate(self._open) if self.state["at"] in one.ids), None)
        if here is None:  # dealt with already
            return render.Position(None, len(ids), None, ids[0] if ids else None)
        before = ids[here - 1] if here else None
        after = ids[here + 1] if here + 1 < len(ids) else None
        return render.Position(here + 1, len(ids), before, after)

    async def _choices_page(self) -> messages.Message:
        at, question = self._service.library.at, self._question or ""
        passages = [
            await asyncio.to_thread(at, post, key, question) for post, key in self.state["choices"]
        ]
        return render.choices_message(self._question, passages, self._texts)

    async def _done_page(self) -> messages.Message:
        passage = await self._answer(self._question) if self._question else None
        return render.done_message(
            self.state["told"],
            self._question,
            passage,
            self._following(),
            self._texts,
            today=china_today(),
            is_judged=bool(self.state.get("judged")),
        )

    def _line(self, text: str) -> messages.Message:
        return render.line_message(text, self._following(), self._texts)

    def _following(self) -> int | None:
        """The number of the next item that is not dealt with."""
        mine = self._item.ids if self._item else ()
        return next((one.id for one in self._open if one.id not in mine), None)

    # --- deeds ---------------------------------------------------------------------------

    async def do(self, deed: str, number: int | None) -> messages.Message:
        """What the message becomes by a tap; raises `NotAccepted` if that can't be done."""
        if deed == "g":
            fresh = await _Desk.open(self._service, {"at": number}, self._texts)
            self.state, self._item, self._open = fresh.state, fresh._item, fresh._open
        elif deed == "i":
            self._go_back()
        elif deed == "p":
            self._go_back()
            await self._offer(None)
        elif deed == "s":
            self._go_back()
            self.state["writes"] = True
        elif deed == "c" and number is not None:
            await self._pin(number)
        elif deed == "m":
            await self._mute()
        elif deed == "d" and self._item:
            await self._accept(review_actions.dismiss, self._item)
            return self._line(self._texts.review_dismissed)
        elif deed == "y":
            await self._judge()
        elif deed == "u" and "done" in self.state:
            return await self._undo()
        else:
            raise NotAccepted(f"{deed}: nothing that can be done here")
        return await self.page()

    async def read(self, text: str) -> None:
        """Takes what the operator wrote: synonyms, the question that was not kept, a post's id
        or words to look for."""
        if self.state.get("writes"):
            await self._join(text)
        elif self._question is None:
            self.state["asked"] = text
            await self._offer(None)
        else:
            self._go_back()
            await self._offer(text)

    def _go_back(self) -> None:
        """Keeps of the state what the message is about, and nothing that was done there."""
        self.state = {name: self.state[name] for name in ("at", "asked") if name in self.state}

    async def _offer(self, sought: str | None) -> None:
        """Lays out passages to choose from: of a post with the id `sought`, or found by it; else
        the answer's others, and what is found for the question now."""
        question, library = self._question, self._service.library
        found: list[Passage] = []
        if question is not None and sought and re.fullmatch(r"[A-Za-z0-9]{1,40}", sought):
            within = library.within
            found += await asyncio.to_thread(within, sought, question, MOST_CHOICES)
        if question is not None and not found:
            if sought is None and self._item:
                found += self._item.others
            found += await self._found(sought or question)
        disliked = self._item.passage if self._item and not sought else None
        self.state["choices"] = await self._places(p for p in found if p != disliked)

    async def _found(self, question: str) -> list[Passage]:
        """What is found for a question, the answer to it or not."""
        library = self._service.library
        answer = await asyncio.to_thread(library.ask, question, limit=MOST_CHOICES)
        if answer.passages:
            return list(answer.passages)
        near = [
            await asyncio.to_thread(library.within, related.post, question, 1)
            for related in answer.related
        ]
        return [passage for passages in near for passage in passages]

    async def _places(self, passages: Iterable[Passage]) -> list[tuple[str, int]]:
        """(post, number of the paragraph) of the passages, each once."""
        places: dict[tuple[str, int], None] = {}
        for passage in passages:
            story = await self._story(passage.post)
            position = review_actions.paragraph_of(passage, story) if story else None
            if story and position is not None and len(places) < MOST_CHOICES:
                places[passage.post, story.keys[position]] = None
        return list(places)

    async def _pin(self, number: int) -> None:
        choices = self.state.get("choices", [])
        if number >= len(choices) or self._question is None:
            raise NotAccepted("no such choice")
        post, key = choices[number]
        story = await self._story(post)
        if story is None or key not in story.keys:
            raise NotAccepted(f"{post}: gone, or changed")
        done = await self._accept(
            review_actions.pin, self._item, self._question, story, story.keys.index(key)
        )
        self._finish(done, self._texts.review_done_pin.format(id=done))
        await self._judge()

    async def _mute(self) -> None:
        passage = self._item.passage if self._item else await self._answer(self._question or "")
        story = await self._story(passage.post) if passage else None
        position = review_actions.paragraph_of(passage, story) if passage and story else None
        if story is None or position is None:
            raise NotAccepted("no paragraph to mute")
        done = await self._accept(review_actions.mute, self._item, self._question, story, position)
        opening = messages.clip(story.post.paragraphs[position].text, 40)
        self._finish(done, self._texts.review_done_mute.format(id=done, opening=opening))

    async def _join(self, text: str) -> None:
        names = review_actions.names_in(text)
        if not names:
            return  # the page says again how
        done = await self._accept(review_actions.join, self._item, self._question, names)
        line = self._texts.review_done_synonym.format(id=done, names=self._texts.comma.join(names))
        self._finish(done, line)

    async def _judge(self) -> None:
        passage = await self._answer(self._question) if self._question else None
        if passage is None or "done" not in self.state:
            raise NotAccepted("no answer to judge")
        await self._accept(review_actions.judge, self.state["done"], self._question, passage)
        self.state["judged"] = True

    async def _undo(self) -> messages.Message:
        correction, storage = self.state["done"], self._service.storage
        if not await self._accept(review_actions.undo, correction):
            raise NotAccepted(f"no change {correction}")
        self._go_back()
        self._open = await storage(storage.store.replies.disliked)
        return self._line(self._texts.review_undone.format(id=correction))

    def _finish(self, correction: int, line: str) -> None:
        self._go_back()
        self.state |= {"done": correction, "told": line}

    async def _accept(self, deed: Callable[..., T], *args: Any) -> T:
        """What comes of one of `bot.review_actions`."""
        return await self._service.storage(deed, self._service.storage.store, *args)

    async def _answer(self, question: str) -> Passage | None:
        """What leads the answer to a question now."""
        answer = await asyncio.to_thread(self._service.library.ask, question, limit=1)
        return answer.passages[0] if answer.passages else None

    async def _story(self, post: str) -> Story | None:
        return await asyncio.to_thread(self._service.library.story, post)


COMMANDS = {"review": on_review, "unanswered": on_unanswered}
