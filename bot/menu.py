"""Telegram's commands besides `/ask` and `/start`, and the menus that offer them."""

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
    Chat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
)
from telegram.constants import ChatType

from bot import figures, reviewing, subscribing
from bot.chats import ChatSettings
from bot.manners import person_of, sender_of
from bot.render import telegram as render
from bot.service import Service, now
from bot.texts import TEXTS, Language, Texts, privacy
from corpus import chinese
from corpus.reading.places import place_named
from corpus.reading.posts import CHINA
from corpus.store.values import CorpusFacts, Filters
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import LONGEST_QUESTION
from retrieval.question.filters import narrowed

STALE_AFTER_DAYS = 7
PAGE = 8
"""Posts on one page of a list."""

FOUND = 40
"""Posts that a search lists at most."""


def argument(message: Message) -> str:
    """What stands behind the command."""
    words = (message.text or "").split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""


# --- about the bot ----------------------------------------------------------------


async def on_help(service: Service, update: Update) -> None:
    """How to ask, what the corpus holds, how new it is."""
    message = update.effective_message
    if message and await service.may_use(message):
        facts = await asyncio.to_thread(service.library.facts)
        texts = await service.texts(message)
        await service.tell(message, help_text(facts, texts, service.bot.username, now=now()))


def help_text(facts: CorpusFacts, texts: Texts, username: str, *, now: datetime) -> str:
    """How to ask, what the corpus holds and how new it is, with a warning if it is old."""
    lines = [texts.help.format(username=username), ""]
    if facts.posts == 0:
        lines.append(texts.corpus_empty)
    else:
        lines.append(
            texts.corpus.format(posts=f"{facts.posts:,}", paragraphs=f"{facts.paragraphs:,}")
        )
    if facts.newest:
        newest = facts.newest.astimezone(CHINA)
        lines.append(texts.newest.format(date=texts.date.format(newest)))
        if (days := (now - facts.newest).days) > STALE_AFTER_DAYS:
            lines.append(texts.stale.format(days=days))
    return "\n".join([*lines, "", texts.not_advice])


async def on_privacy(service: Service, update: Update) -> None:
    """What is kept about people."""
    message = update.effective_message
    if message and await service.may_use(message):
        texts = await service.texts(message)
        await service.tell(message, privacy(texts, keeps_questions=service.keeps_questions))


async def on_forgetme(service: Service, update: Update) -> None:
    """Deletes what is kept about the sender, and says what that was, where nobody listens."""
    message = update.effective_message
    if message is None or not await service.is_within_rates(message):
        return
    texts, person = await service.texts(message), person_of(message)
    if person is None:
        await service.tell(message, texts.forget_nobody)
        return
    gone = await service.keeper(service.keeper.store.forget, person)
    is_private = message.chat.type == ChatType.PRIVATE
    told = texts.forgotten.format(**gone) if is_private else texts.forgotten_here
    await service.tell(message, told)


# --- reading ------------------------------------------------------------------------


async def on_latest(service: Service, update: Update) -> None:
    """The newest posts, of a category if one is named."""
    message = update.effective_message
    if message and await service.may_use(message):
        texts = await service.texts(message)
        await service.say(message, await latest_page(service, texts, 0, argument(message)))


async def latest_page(service: Service, texts: Texts, page: int, category: str) -> render.Message:
    """Page number `page`, from 0, of the newest posts."""
    posts = await asyncio.to_thread(service.library.latest, category or None, PAGE + 1, page * PAGE)
    if not posts:
        return render.text_message(texts.latest_none)
    title = f"{texts.latest} · {category}" if category else texts.latest
    fits = len(category.encode()) <= 40
    pages = _pages("l:{}:" + category, page, more=len(posts) > PAGE) if fits else []
    return render.list_message(title, posts[:PAGE], texts, first=page * PAGE + 1, pages=pages)


async def on_search(service: Service, update: Update) -> None:
    """A list of the posts found, in pages."""
    message = update.effective_message
    if message is None:
        return
    settings = await service.settings(message.chat.id)
    if not await service.may_ask(message, settings):
        return
    texts = await service.texts(message)
    wanted = argument(message)[:LONGEST_QUESTION]
    words, filters = parse_search(wanted)
    written = render.traditional if chinese.is_traditional(wanted) else render.as_it_is
    if filters.place is not None:
        place = place_named(filters.place)
        if place is None:
            await service.tell(message, texts.place_unknown.format(place=filters.place))
            return
        filters = replace(filters, place=place)
        if not words and filters == Filters(place=place):
            await service.say(message, written(await place_page(service, texts, 0, place)))
            return
    if not words:
        await service.tell(message, texts.search_empty)
        return
    found = await service.ask(message, words, limit=FOUND, filters=filters)
    if not found.passages:
        none = render.answer_message(found, texts, today=now().astimezone(CHINA).date())
        await service.say(message, written(none))
        return
    seen: set[str] = set()
    passages = [
        replace(passage, text="", sentence="", highlights=())
        for passage in found.passages
        if not (passage.post in seen or seen.add(passage.post))  # type: ignore[func-returns-value]
    ]
    answer = Answer("", confidence=0.0, passages=tuple(passages))
    store, keeper, person = service.keeper.store, service.keeper, person_of(message)
    reply = await keeper(store.open_reply, message.chat.id, message.message_id, person, answer)
    await service.say(message, written(search_page(answer, texts, reply, 0)), reply=reply)


async def place_page(service: Service, texts: Texts, page: int, place: str) -> render.Message:
    """Page number `page`, from 0, of the newest posts about a place."""
    posts = await asyncio.to_thread(service.library.latest_of, place, PAGE + 1, page * PAGE)
    if not posts:
        return render.text_message(texts.latest_none)
    title = texts.place_title.format(place=place)
    pages = _pages("g:{}:" + place, page, more=len(posts) > PAGE)
    return render.list_message(title, posts[:PAGE], texts, first=page * PAGE + 1, pages=pages)


def search_page(answer: Answer, texts: Texts, reply: int, page: int) -> render.Message:
    """Page number `page`, from 0, of the posts found."""
    first = page * PAGE
    pages = _pages(f"f:{reply}:{{}}", page, more=len(answer.passages) > first + PAGE)
    shown = answer.passages[first : first + PAGE]
    return render.list_message(texts.search_title, shown, texts, first=first + 1, pages=pages)


def _pages(data: str, page: int, *, more: bool) -> list[tuple[str, str]]:
    buttons = [("◀", data.format(page - 1))] if page else []
    return [*buttons, ("▶", data.format(page + 1))] if more else buttons


def parse_search(text: str) -> tuple[str, Filters]:
    """The words of a search, and its filters (2023年, 来源:…, 分类:…, 地区:…).

    >>> parse_search("骗取退税 来源：新华社")
    ('骗取退税', Filters(since=None, until=None, source='新华社', category=None, place=None))
    """
    words = []
    subject, filters = narrowed(text)
    for word in subject.split():
        if match := re.fullmatch(r"((?:19|20)\d\d)年?", word, re.ASCII):
            year = int(match[1])
            filters = replace(filters, since=date(year, 1, 1), until=date(year, 12, 31))
        else:
            words.append(word)
    return " ".join(words), filters


async def on_read(service: Service, update: Update) -> None:
    """The whole post behind an answer that is replied to, or of an id."""
    message = update.effective_message
    if message is None or not await service.may_use(message):
        return
    if post := argument(message):
        await send_post(service, message, post)
        return
    if shown := await service.shown_in(message.reply_to_message):
        await send_post(service, message, shown.post)
    else:
        await service.tell(message, (await service.texts(message)).read_empty)


async def send_post(service: Service, message: Message, post: str) -> None:
    """The first page of a post, as a new message."""
    texts = await service.texts(message)
    story = await asyncio.to_thread(service.library.story, post)
    if story is None:
        await service.tell(message, texts.read_unknown)
    else:
        await service.say(message, render.read_message(story, 0, texts))


def question_link(username: str, question: str) -> str | None:
    """A link that opens a private chat and asks; None if the question is too long for one."""
    code = base64.urlsafe_b64encode(question.encode()).decode().rstrip("=")
    return f"https://t.me/{username}?start=q_{code}" if len(code) <= 62 else None


def linked_question(link: str) -> str | None:
    """The question of a deep link's parameter, None if it holds none."""
    if not re.fullmatch(r"q_[A-Za-z0-9_-]{1,62}", link):
        return None
    code = link[2:]
    try:
        return base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)).decode().strip() or None
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


# --- settings -------------------------------------------------------------------------


async def on_settings(service: Service, update: Update) -> None:
    """The settings of the chat, for its admins."""
    message = update.effective_message
    if message is None or not await service.may_use(message):
        return
    texts = await service.texts(message)
    if not await service.is_admin(message.chat, sender_of(message)):
        await service.tell(message, texts.settings_admins)
        return
    settings = await service.settings(message.chat.id)
    await service.say(message, settings_message(settings, texts, message.chat))


def settings_message(settings: ChatSettings, texts: Texts, chat: Chat) -> render.Message:
    """The settings as buttons; a tap turns one to its next value."""
    names = {None: texts.automatic, "zh": "中文", "en": "English"}
    quiet = settings.quiet
    rows = [
        ("l", texts.language_button, names[settings.language]),
        ("a", texts.alternatives_button, str(settings.alternatives)),
        ("p", texts.plain_button, texts.on if settings.plain else texts.off),
    ]
    is_private = chat.type == ChatType.PRIVATE
    if not is_private:
        rows += [
            ("o", texts.admins_button, texts.admins if settings.admins_only else texts.everyone),
            ("q", texts.questions_button, texts.on if settings.plain_questions else texts.off),
            (
                "h",
                texts.quiet_button,
                f"{quiet[0]}:00–{quiet[1]}:00" if quiet else texts.quiet_off,
            ),
        ]
    head = texts.settings if is_private else texts.settings_group
    keyboard = [
        [InlineKeyboardButton(label.format(value=value), callback_data=f"s:{key}")]
        for key, label, value in rows
    ]
    return render.Message(render.text_message(head).html, InlineKeyboardMarkup(keyboard))


_CHOICES: dict[str, tuple[str, tuple[object, ...]]] = {
    "l": ("language", (None, "zh", "en")),
    "a": ("alternatives", (5, 0, 1, 3)),
    "p": ("plain", (False, True)),
    "o": ("admins_only", (False, True)),
    "q": ("plain_questions", (False, True)),
    "h": ("quiet", (None, (22, 8), (0, 7), (19, 9))),
}


async def turn_setting(service: Service, chat: Chat, key: str) -> ChatSettings:
    """Gives a setting of `chat` its next value."""
    name, choices = _CHOICES[key]
    current = getattr(await service.settings(chat.id), name)
    at = choices.index(current) if current in choices else -1
    value = choices[(at + 1) % len(choices)]
    return await service.keeper(service.keeper.store.change, chat.id, **{name: value})


# --- menus -----------------------------------------------------------------------------

COMMANDS: dict[str, Callable[[Service, Update], Awaitable[None]]] = {
    **subscribing.COMMANDS,
    "help": on_help,
    "latest": on_latest,
    "search": on_search,
    "read": on_read,
    **figures.COMMANDS,
    **reviewing.COMMANDS,
    "settings": on_settings,
    "privacy": on_privacy,
    "forgetme": on_forgetme,
}


async def set_commands(bot: Bot) -> None:
    """Tells Telegram the commands of each kind of chat, in Chinese and in English.

    The menu without a language is Chinese: whoever has neither gets the corpus's own.
    """
    reading = ("ask", "latest", "search", "read", "trend", "hot", "help")
    news, own = ("watch", "watches", "digest"), ("privacy", "forgetme")
    scopes: dict[BotCommandScope, tuple[str, ...]] = {
        BotCommandScopeDefault(): ("ask", "help"),
        BotCommandScopeAllPrivateChats(): ("start", *reading, *news, "settings", *own),
        BotCommandScopeAllGroupChats(): reading,
        BotCommandScopeAllChatAdministrators(): (*reading, *news, "settings"),
    }
    menus: tuple[tuple[str | None, Language], ...] = ((None, "zh"), ("zh", "zh"), ("en", "en"))
    for scope, names in scopes.items():
        for code, language in menus:
            texts = TEXTS[language]
            commands = [BotCommand(name, getattr(texts, f"command_{name}")) for name in names]
            await bot.set_my_commands(commands, scope=scope, language_code=code)
