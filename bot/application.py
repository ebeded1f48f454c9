"""The bot's parts, joined to PTB's `Application`."""

import asyncio
import logging
import os
import sqlite3
from typing import Any, NamedTuple

from telegram import LinkPreviewOptions
from telegram.error import TelegramError
from telegram.ext import Application, ApplicationBuilder, Defaults, ExtBot, Updater

from bot.chat.access import Rate
from bot.chat.conversations import Conversations
from bot.chat.service import Service
from bot.clock import china_today
from bot.delivery.health import Health
from bot.delivery.inbox import Inbox
from bot.delivery.limiter import Limiter
from bot.delivery.metrics import Metrics, PrometheusMetrics
from bot.delivery.outbox import PRIVATE_PACE, Outbox
from bot.delivery.polling import PollingRequest, TelegramRequest
from bot.delivery.turns import Turns
from bot.features.alerts import EVERY, Alerts
from bot.features.commands import set_commands, set_descriptions
from bot.features.register import register
from bot.settings import PREFIX, Settings
from bot.storage.chats import ChatStore
from bot.storage.thread import StorageThread
from corpus.errors import StoreError, TaxnewsError, installed_by
from retrieval.engine.library import Library

# PTB's own switch to its coming behaviour, without which it warns at every flood control.
os.environ.setdefault("PTB_TIMEDELTA", "true")

TELEGRAM = "https://api.telegram.org"
_TAPS, _TYPED = 3, 6
"""Taps on buttons in a private chat, and a person's inline queries, for each question they may
ask: who leafs through a post, or types a question, is quick."""

logger = logging.getLogger(__name__)


class ServeError(TaxnewsError):
    """Telegram won't have this bot: a wrong token, another poller."""


class Pace(NamedTuple):
    """Seconds from one message to a private chat to the next, and from one look for news to the
    next."""

    private: float
    look: float


REAL_PACE = Pace(PRIVATE_PACE, EVERY)


class BotApplication(Application[Any, Any, Any, Any, Any, Any]):
    """PTB's, with the bot's own parts; it leaves at once at the end what can wait.

    The bot ends once `ending` is set: by a signal, or for a `reason`.
    """

    def __init__(
        self,
        *,
        service: Service,
        inbox: Inbox,
        turns: Turns,
        health: Health,
        alerts: Alerts | None,
        **parts: Any,
    ) -> None:
        super().__init__(**parts)
        self.ending = asyncio.Event()
        self.reason: str | None = None
        self._service = service
        self._inbox = inbox
        self._turns = turns
        self._health = health
        self._alerts = alerts
        self._tasks: list[asyncio.Task[None]] = []  # else they may be collected

    def end(self, reason: str) -> None:
        """Has the bot end; of several reasons the first stands."""
        self.reason = self.reason or reason
        self.ending.set()

    async def prepare(self) -> None:
        """Once Telegram is reached: introduces the bot, and takes up what an earlier run left."""
        service, storage = self._service, self._service.storage
        if not service.keeps_questions:  # nor what was kept while they were
            await storage(storage.store.feedback.drop_questions)
        await _announce(service)
        self._tasks = [
            asyncio.create_task(_upkeep(service)),
            asyncio.create_task(self._health.keep_beating(storage)),
        ]
        if again := await self._inbox.take_up(self.bot):
            logger.info("taking up %d updates that were not finished", again)

    async def stop(self) -> None:
        """Finishes what is being handled; what merely waits is taken up after the next start."""
        self._health.stopping()
        self._turns.stopping.set()
        await super().stop()
        if self._alerts:
            await self._alerts.finish()

    def close(self) -> None:
        """Closes threads and files, once tasks have ended."""
        self._service.close()
        self._service.storage.close()
        self._service.metrics.close()


def build(
    settings: Settings, library: Library, chats: ChatStore, pace: Pace = REAL_PACE
) -> BotApplication:
    """The bot, ready to be run; nothing is sent yet. Raises `SettingsError` without a token."""
    listen, health = settings.metrics_listen, Health()
    metrics = PrometheusMetrics(listen, health) if listen else Metrics()
    if settings.embedder:
        metrics.embedding(library.vectors)
    storage = StorageThread(chats)
    inbox = Inbox(storage, metrics)
    polling = PollingRequest(inbox)
    bot = _telegram(settings, polling, metrics)
    turns = Turns(storage, inbox)
    outbox = Outbox(bot, storage, turns.stopping, metrics, pace.private)
    service = _service(settings, bot, library, storage, outbox, metrics)
    alerts = None
    if library.news:
        alerts = Alerts(service, library.news, turns, most_a_day=settings.alerts_a_day)
    own = {"service": service, "inbox": inbox, "turns": turns, "health": health, "alerts": alerts}
    app = (
        ApplicationBuilder()
        .application_class(BotApplication, own)
        .updater(_updater(settings, bot, inbox))
        .concurrent_updates(turns)
        .build()
    )
    assert isinstance(app, BotApplication)
    polling.stop = app.end
    register(app, service)
    if alerts and app.job_queue:
        app.job_queue.run_repeating(lambda _: alerts.look(), pace.look, first=pace.look)
    return app


def _telegram(settings: Settings, polling: PollingRequest, metrics: Metrics) -> ExtBot[Any]:
    """PTB's client of the Bot API. Raises `SettingsError` without a token."""
    base = settings.api_url or TELEGRAM
    bot: ExtBot[Any] = ExtBot(
        settings.require_token(),
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=TelegramRequest(connection_pool_size=64, pool_timeout=30, read_timeout=20),
        get_updates_request=polling,
        rate_limiter=Limiter(metrics),
        defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
    )
    polling.bot = bot
    return bot


def _service(
    settings: Settings,
    bot: ExtBot[Any],
    library: Library,
    storage: StorageThread,
    outbox: Outbox,
    metrics: Metrics,
) -> Service:
    """What all handlers share, by the operator's settings."""
    return Service(
        bot=bot,
        library=library,
        storage=storage,
        outbox=outbox,
        metrics=metrics,
        allowed=settings.allowed and settings.allowed | settings.admins,
        by_user=Rate(settings.user_rate),
        conversations=Conversations(60.0 * settings.conversation_minutes, _loop_time),
        by_chat=Rate(settings.chat_rate),
        taps=Rate(_TAPS * settings.user_rate),
        typed=Rate(_TYPED * settings.user_rate),
        operators=settings.admins,
        counts_subjects=settings.hot,
        keeps_questions=settings.keep_questions,
    )


def _loop_time() -> float:
    """Seconds as the running event loop counts them."""
    return asyncio.get_running_loop().time()


def _updater(settings: Settings, bot: ExtBot[Any], inbox: Inbox) -> Updater:
    """What brings the updates into the inbox."""
    if not settings.webhook_url:
        return Updater(bot, inbox)
    try:
        from bot.delivery.webhook import WebhookUpdater
    except ImportError:
        raise ServeError(
            f"{PREFIX}WEBHOOK_URL needs an extra: {installed_by('webhooks')}"
        ) from None
    return WebhookUpdater(bot, inbox)


async def _upkeep(service: Service) -> None:
    """Deletes what has been kept long enough and notes the corpus's size, now and every hour."""
    storage = service.storage
    while True:
        try:
            await storage(storage.store.purge)
            facts = await asyncio.to_thread(service.library.facts)
            sizes = {"posts": facts.posts, "paragraphs": facts.paragraphs}
            await storage(storage.store.usage.held, china_today(), **sizes)
        except (sqlite3.Error, StoreError) as error:
            logger.warning("upkeep failed: %s", error)
        await asyncio.sleep(3600)


async def _announce(service: Service) -> None:
    """Sets descriptions and commands; a failure there is no reason not to answer."""
    for what, set_ in (
        ("descriptions", set_descriptions),
        ("commands", lambda bot: set_commands(bot, service.operators)),
    ):
        try:
            await set_(service.bot)
        except TelegramError as error:
            logger.warning("the %s could not be set: %s", what, type(error).__name__)
    logger.info("answering as @%s", service.bot.username)
