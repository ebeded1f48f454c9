"""Will `taxnews serve` work? What Telegram says of the bot, and what the machine lacks."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from gettext import gettext as _
from pathlib import Path

import httpx
from telegram import Bot, User
from telegram.constants import ChatMemberStatus
from telegram.error import InvalidToken, TelegramError

from bot.application import TELEGRAM
from bot.settings import PREFIX, Settings
from bot.storage.chats import ChatStore
from bot.storage.settings import ChatSettings
from corpus.care.health import Finding
from corpus.sources.kinds import LOCAL
from corpus.store.store import Store

_CLOCK = 60.0  # seconds that the clock may be wrong: alerts and 今天 go by it
_ROOM = 2  # copies of the database that should fit beside it: one of the index, one of a backup
_LEAST_ROOM = 200 * 2**20  # bytes
_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


def examine(settings: Settings, db: Path) -> Iterator[Finding]:
    """The findings on bot, groups, sources, clock and disk. Nothing is sent to a chat.

    Raises `SettingsError` without a token.
    """
    yield from asyncio.run(_telegram(settings, _groups(db)))
    yield from _sources(db)
    yield _clock(settings.api_url or TELEGRAM)
    yield _disk(db)


def _groups(db: Path) -> dict[int, ChatSettings]:
    if not db.exists():
        return {}
    try:
        with ChatStore(db) as store:
            return store.settings.groups()
    except sqlite3.Error:
        return {}  # what is wrong with the database stands among its own findings


async def _telegram(settings: Settings, groups: dict[int, ChatSettings]) -> list[Finding]:
    """What Telegram says of the bot and its groups."""
    base = settings.api_url or TELEGRAM
    try:
        async with Bot(settings.require_token(), base_url=f"{base}/bot") as bot:
            me = bot.bot
            hook = await bot.get_webhook_info()
            found = [Finding(_("Telegram, as @{name}").format(name=me.username))]
            found += [_privacy(me, groups), _inline(me)]
            if settings.webhook_url and hook.last_error_message:
                wrong = _("Telegram could not deliver: {reason}")
                wrong = wrong.format(reason=hook.last_error_message)
                mend = _("mend your proxy, or {name}").format(name=f"{PREFIX}WEBHOOK_URL")
                found.append(Finding("webhook", wrong, mend))
            return found + [await _group(bot, me, chat) for chat in groups]
    except InvalidToken:
        mend = _("copy it from @BotFather once more: /mybots, API Token")
        return [Finding("Telegram", _("it refuses the token"), mend)]
    except TelegramError as error:
        wrong = _("{address} can't be asked ({reason})")
        wrong = wrong.format(address=base, reason=type(error).__name__)
        mend = _("see to network, proxy and firewall, or {name}; then once more")
        return [Finding("Telegram", wrong, mend.format(name=f"{PREFIX}API_URL"))]


def _privacy(me: User, groups: dict[int, ChatSettings]) -> Finding:
    if me.can_read_all_group_messages:
        return Finding(_("privacy mode: off, the bot sees all messages of its groups"))
    part = _("privacy mode")
    if any(wants.plain_questions for wants in groups.values()):
        wrong = _(
            "on, but a group has set that whatever ends in ？ is answered: the bot can't see it"
        )
        mend = _(
            "@BotFather, /setprivacy, Disable; then take the bot out of the group and add it again"
        )
        return Finding(part, wrong, mend)
    found = _("on: in groups the bot sees commands, replies to it and mentions only")
    mend = _("as it should be, unless a group wants answers to whatever ends in ？: /setprivacy")
    return Finding(part, found, mend, is_choice=True)


def _inline(me: User) -> Finding:
    if me.supports_inline_queries:
        return Finding(_("inline use"))
    mend = _("for @bot questions in any chat: @BotFather, /setinline, any placeholder")
    return Finding(_("inline use"), _("off"), mend, is_choice=True)


async def _group(bot: Bot, me: User, chat: int) -> Finding:
    """Whether the bot is still in a group or channel, and may write there."""
    part = _("chat {id}").format(id=chat)
    try:
        member = await bot.get_chat_member(chat, me.id)
    except TelegramError as error:
        wrong = _("can't be asked about ({reason})").format(reason=error.message)
        return Finding(part, wrong, _("add the bot again if it is wanted there"), is_choice=True)
    if member.status in _GONE:
        return Finding(part, _("the bot is no member any more"), _("add it again"), is_choice=True)
    if getattr(member, "can_send_messages", True) is False:
        mend = _("let it, in the group's permissions")
        return Finding(part, _("the bot may not write there"), mend)
    return Finding(part)


def _sources(db: Path) -> Iterator[Finding]:
    """The findings on the folders and files that are followed: may they be read now?"""
    if not db.exists():
        return
    with Store.open(db) as store:
        local = [source.location for source in store.sources() if source.kind in LOCAL]
    for location in local:
        try:
            path = Path(location)
            next(path.iterdir(), None) if path.is_dir() else path.open("rb").close()
        except OSError as error:
            part = _("source {location}").format(location=location)
            wrong = _("can't be read ({reason})").format(reason=error.strerror)
            yield Finding(part, wrong, _("mount it, or let the bot's user read it"))


def _clock(base: str) -> Finding:
    """Whether this machine's clock agrees with Telegram's."""
    try:
        date = httpx.get(f"{base}/", timeout=10).headers["date"]
    except (httpx.HTTPError, KeyError):
        wrong, mend = _("Telegram's was not to be had"), _("once more, later")
        return Finding(_("clock"), wrong, mend, is_choice=True)
    off = (datetime.now(timezone.utc) - parsedate_to_datetime(date)).total_seconds()
    if abs(off) <= _CLOCK:
        return Finding(_("clock"))
    wrong = _("{seconds:,.0f} seconds behind Telegram's")
    if off > 0:
        wrong = _("{seconds:,.0f} seconds ahead of Telegram's")
    return Finding(_("clock"), wrong.format(seconds=abs(off)), "timedatectl set-ntp true")


def _disk(db: Path) -> Finding:
    """Whether there is room for the index to be built anew, and for a backup."""
    folder = next(parent for parent in db.absolute().parents if parent.exists())
    free = shutil.disk_usage(folder).free
    wanted = max(_LEAST_ROOM, _ROOM * (db.stat().st_size if db.exists() else 0))
    if free >= wanted:
        return Finding(_("disk"))
    wrong = _("{free:,.0f} MB free in {folder}, {wanted:,.0f} wanted")
    wrong = wrong.format(free=free / 2**20, folder=folder, wanted=wanted / 2**20)
    mend = _("make room, or move the database ({name})").format(name=f"{PREFIX}DB")
    return Finding(_("disk"), wrong, mend)
