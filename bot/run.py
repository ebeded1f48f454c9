"""The running bot: PTB's `Application` over long polling, from start to stop."""

import asyncio
import logging
import os
import signal
import sqlite3
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from telegram import LinkPreviewOptions, Update
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, Defaults, ExtBot, Updater

from bot.chat.access import Rate
from bot.chat.clock import china_today
from bot.chat.conversations import Conversations
from bot.chat.service import Service
from bot.delivery.failures import until_reached
from bot.delivery.health import Health
from bot.delivery.inbox import Inbox
from bot.delivery.limiter import Limiter
from bot.delivery.metrics import Metrics, PrometheusMetrics
from bot.delivery.outbox import PRIVATE_PACE, Outbox
from bot.delivery.polling import POLL_SECONDS, REFUSED, PollingRequest, TelegramRequest
from bot.delivery.turns import Turns
from bot.features.alerts import EVERY, Alerts
from bot.features.asking import App
from bot.features.commands import set_commands, set_descriptions
from bot.features.failures import outline
from bot.features.register import register
from bot.logs import set_up_logging
from bot.settings import LOOSE, PREFIX, TIGHTEN, Settings, is_env_file_loose, unknown
from bot.storage.chats import ChatStore
from bot.storage.thread import StorageThread
from corpus.errors import StoreError, TaxnewsError, installed_by
from retrieval.engine.library import Library

ALLOWED_UPDATES = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CHANNEL_POST,
    Update.EDITED_CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
)
"""The kinds of update the bot has a handler for."""

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


def serve(settings: Settings, library: Library, db: Path, pace: Pace = REAL_PACE) -> None:
    """Answers until a signal stops it; to be called in the main thread.

    The bot's own tables are in the database at `db`. Raises `SettingsError`
    without a token, `ServeError` if Telegram refuses the token or another
    program receives the bot's updates.
    """
    set_up_logging(settings.require_token(), form=settings.log)
    if is_env_file_loose():
        logger.warning("%s: %s", LOOSE, TIGHTEN)
    for line in unknown():
        logger.warning("%s", line)
    app = build(settings, library, ChatStore(db), pace)
    try:
        run(app, settings)
    except TaxnewsError:
        raise
    except Exception as error:  # its message, and a traceback of Python's, might hold the token
        logger.critical("the bot has crashed:\n%s", outline(error))
        raise ServeError(f"crashed with {type(error).__name__}; the log says where") from None


def run(
    app: App, settings: Settings, *, signals: Sequence[int] = (signal.SIGINT, signal.SIGTERM)
) -> None:
    """Answers until one of `signals` comes."""
    loop = _loop()
    try:
        loop.run_until_complete(_serve(app, settings, signals))
    except InvalidToken:
        raise ServeError(REFUSED) from None
    except BadRequest as error:
        raise ServeError(f"Telegram refused {PREFIX}WEBHOOK_URL: {error.message}") from None
    except OSError as error:
        raise ServeError(f"{PREFIX}WEBHOOK_LISTEN: can't listen there ({error.strerror})") from None
    finally:
        loop.close()
    if reason := app.bot_data.get(STOPPED):
        raise ServeError(reason)


def _loop() -> asyncio.AbstractEventLoop:
    """This thread's event loop, made if there is none."""
    try:
        return asyncio.get_event_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        return loop


async def _serve(app: App, settings: Settings, signals: Sequence[int]) -> None:
    """Starts the bot, and ends it when `STOP` is set, be it before it has started.

    PTB's own `run_polling` raises `SystemExit` at a signal in whatever runs then: a second signal
    breaks the end off, and a task that is broken off may fail with nobody to hear of it.
    """
    stop = app.bot_data[STOP]
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    starting, stopping = (
        asyncio.create_task(_start(app, settings)),
        asyncio.create_task(stop.wait()),
    )
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            await starting  # raises what it failed with
            await stopping
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await _end(app)


async def _start(app: App, settings: Settings) -> None:
    """Starts the bot; a network that isn't there yet is waited for."""
    host = app.bot.base_url.removesuffix(app.bot.token).removesuffix("/bot")
    await until_reached(app.initialize, f"can't reach {host}")
    if app.post_init:
        await app.post_init(app)
    await _receive(app, settings)
    await app.start()


async def _receive(app: App, settings: Settings) -> None:
    """Has the updates come in."""
    assert app.updater
    if settings.webhook_url and settings.webhook_secret:
        host, _, port = settings.webhook_listen.rpartition(":")
        await app.updater.start_webhook(
            listen=host.strip("[]"),
            port=int(port),
            url_path=urlsplit(settings.webhook_url).path.strip("/"),
            webhook_url=settings.webhook_url,
            secret_token=settings.webhook_secret,
            allowed_updates=ALLOWED_UPDATES,
        )
        return

    def failed(error: TelegramError) -> None:
        app.create_task(app.process_error(None, error))

    await app.updater.start_polling(
        timeout=timedelta(seconds=POLL_SECONDS),
        bootstrap_retries=-1,
        allowed_updates=ALLOWED_UPDATES,
        error_callback=failed,
    )


async def _end(app: App) -> None:
    """Ends what has been started, wherever that broke off; then our tasks and threads."""
    try:
        if app.updater and app.updater.running:
            await app.updater.stop()
        if app.running:
            await app.stop()
            if app.post_stop:
                await app.post_stop(app)
        await _end_tasks()  # else one that was broken off would open a connection again
        await app.shutdown()
        await app.bot.shutdown()  # PTB leaves it open if the start was broken off
    except Exception as error:  # nothing of it is needed any more
        logger.warning("while stopping: %s", type(error).__name__)
    await _end_tasks()
    await asyncio.get_running_loop().shutdown_default_executor()
    app.bot_data[CLOSE]()


STOP = "stop"
"""The key of `bot_data` under which the event stands that ends the bot."""

CLOSE = "close"
"""The key of `bot_data` under which stands what closes threads and files, once tasks have ended."""

UPKEEP = "upkeep"
"""The key of `bot_data` under which the tasks that go on as long as the bot are kept."""

STOPPED = "stopped"
"""The key of `bot_data` under which stands why the bot stopped by itself."""


def build(settings: Settings, library: Library, chats: ChatStore, pace: Pace = REAL_PACE) -> App:
    """The bot, ready to be run; nothing is sent yet. Raises `SettingsError` without a token."""
    listen = settings.metrics_listen
    health = Health()
    metrics = PrometheusMetrics(listen, health) if listen else Metrics()
    if settings.embedder:
        metrics.embedding(library.vectors)
    storage = StorageThread(chats)
    inbox = Inbox(storage, metrics)
    turns = Turns(storage, inbox)
    polling = PollingRequest(inbox)
    bot = _telegram(settings, polling, metrics)

    async def start(app: App) -> None:
        if not settings.keep_questions:  # nor what was kept while it was set
            await storage(chats.feedback.drop_questions)
        await _announce(app, settings.admins)
        app.bot_data[UPKEEP] = [  # else they may be collected
            asyncio.create_task(_upkeep(service)),
            asyncio.create_task(health.keep_beating(storage)),
        ]
        if again := await inbox.take_up(app.bot):
            logger.info("taking up %d updates that were not finished", again)

    async def stopped(app: App) -> None:
        if alerts:
            await alerts.finish()

    def close() -> None:
        service.close()
        storage.close()
        metrics.close()

    app: App = (
        ApplicationBuilder()
        .application_class(_Application, {"turns": turns, "health": health})
        .updater(_updater(settings, bot, inbox))
        .concurrent_updates(turns)
        .post_init(start)
        .post_stop(stopped)
        .build()
    )

    def stop(reason: str) -> None:
        if STOPPED not in app.bot_data:
            app.bot_data[STOPPED] = reason
            app.bot_data[STOP].set()

    polling.stop = stop
    outbox = Outbox(app.bot, storage, turns.stopping, metrics, pace.private)
    service = _service(settings, app.bot, library, storage, outbox, metrics)
    app.bot_data[CLOSE] = close
    app.bot_data[STOP] = asyncio.Event()
    register(app, service)
    alerts = None
    if library.news:
        alerts = Alerts(service, library.news, turns, most_a_day=settings.alerts_a_day)
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


async def _end_tasks() -> None:
    """Cancels what still goes on in this loop, as the upkeep or a start that was broken off, and
    waits for its end."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Application(Application[Any, Any, Any, Any, Any, Any]):
    """PTB's, which leaves at once at the end what can wait."""

    def __init__(self, *, turns: Turns, health: Health, **parts: Any) -> None:
        super().__init__(**parts)
        self._turns = turns
        self._health = health

    async def stop(self) -> None:
        """Finishes what is being handled; what merely waits is taken up after the next start."""
        self._health.stopping()
        self._turns.stopping.set()
        await super().stop()


async def _announce(app: App, operators: Collection[int]) -> None:
    """Sets descriptions and commands; a failure there is no reason not to answer."""
    for what, set_ in (
        ("descriptions", set_descriptions),
        ("commands", lambda bot: set_commands(bot, operators)),
    ):
        try:
            await set_(app.bot)
        except TelegramError as error:
            logger.warning("the %s could not be set: %s", what, type(error).__name__)
    logger.info("answering as @%s", app.bot.username)
