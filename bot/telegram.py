"""The running bot: PTB's `Application` over long polling, from start to stop."""

import asyncio
import json
import logging
import os
import re
import signal
import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pythonjsonlogger.json import JsonFormatter
from telegram import LinkPreviewOptions, Update
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError
from telegram.ext import Application, ApplicationBuilder, Defaults, ExtBot, Updater
from telegram.request import HTTPXRequest

from bot.alerts import EVERY, Alerts
from bot.chats import ChatStore
from bot.delivery import Journal, Keeper, Limiter, Outbox, Turns, read_json, read_update
from bot.handlers import App, outline, register
from bot.manners import Rate
from bot.menu import set_commands
from bot.metrics import Metrics, PrometheusMetrics
from bot.service import Service, china_today
from bot.settings import LOOSE, PREFIX, TIGHTEN, Settings, is_env_file_loose
from corpus.errors import StoreError, TaxnewsError
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

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
POLL_SECONDS = 10
TELEGRAM = "https://api.telegram.org"
_TAPS, _TYPED = 3, 6
"""Taps on buttons in a private chat, and a person's inline queries, for each question they may
ask: who leafs through a post, or types a question, is quick."""

_CONFLICTS = 3
"""Refused polls in a row that mean another poller, not our own late predecessor."""

logger = logging.getLogger(__name__)


class ServeError(TaxnewsError):
    """Telegram won't have this bot: a wrong token, another poller."""


def serve(settings: Settings, library: Library, db: Path) -> None:
    """Answers until a signal stops it; to be called in the main thread.

    The bot's own tables are in the database at `db`. Raises `SettingsError`
    without a token, `ServeError` if Telegram refuses the token or another
    program receives the bot's updates.
    """
    set_up_logging(settings.require_token(), form=settings.log)
    if is_env_file_loose():
        logger.warning("%s: %s", LOOSE, TIGHTEN)
    app = build(settings, library, ChatStore(db))
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
    common: dict[str, Any] = {
        "bootstrap_retries": -1,  # a network that isn't there yet is waited for
        "allowed_updates": ALLOWED_UPDATES,
        "stop_signals": signals,
    }
    try:
        if settings.webhook_url and settings.webhook_secret:
            host, _, port = settings.webhook_listen.rpartition(":")
            app.run_webhook(
                listen=host.strip("[]"),
                port=int(port),
                url_path=urlsplit(settings.webhook_url).path.strip("/"),
                webhook_url=settings.webhook_url,
                secret_token=settings.webhook_secret.get_secret_value(),
                **common,
            )
        else:
            app.run_polling(timeout=timedelta(seconds=POLL_SECONDS), **common)
    except InvalidToken:
        raise ServeError(REFUSED) from None
    except BadRequest as error:
        raise ServeError(f"Telegram refused {PREFIX}WEBHOOK_URL: {error.message}") from None
    except OSError as error:
        raise ServeError(f"{PREFIX}WEBHOOK_LISTEN: can't listen there ({error.strerror})") from None
    if reason := app.bot_data.get(STOPPED):
        raise ServeError(reason)


REFUSED = (
    f"Telegram refused the token: check {PREFIX}TOKEN with @BotFather"
    f" (and {PREFIX}API_URL, if that is set)"
)
CONFLICT = (
    "another program is receiving this bot's updates: stop it, or give this one a token of its own"
)
UPKEEP = "upkeep"
"""The key of `bot_data` under which the task of `_upkeep` is kept."""

STOPPED = "stopped"
"""The key of `bot_data` under which stands why the bot stopped by itself."""


def build(settings: Settings, library: Library, chats: ChatStore) -> App:
    """The bot, ready to be run; nothing is sent yet. Raises `SettingsError` without a token."""
    token = settings.require_token()
    listen = settings.metrics_listen
    metrics = PrometheusMetrics(listen) if listen else Metrics()
    keeper = Keeper(chats)
    journal = Journal(keeper, metrics)
    turns = Turns(keeper, journal)
    polling = PollingRequest(journal)
    base = settings.api_url or TELEGRAM
    bot: ExtBot[Any] = ExtBot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=TelegramRequest(connection_pool_size=64, pool_timeout=30, read_timeout=20),
        get_updates_request=polling,
        rate_limiter=Limiter(metrics),
        defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
    )

    async def start(app: App) -> None:
        if not settings.keep_questions:  # nor what was kept while it was set
            await keeper(chats.feedback.drop_questions)
        await _announce(app)
        app.bot_data[UPKEEP] = asyncio.create_task(_upkeep(service))
        if again := await journal.take_up(app.bot):
            logger.info("taking up %d updates that were not finished", again)

    async def stopped(app: App) -> None:
        if alerts:
            await alerts.finish()

    async def end(app: App) -> None:
        if UPKEEP in app.bot_data:
            app.bot_data[UPKEEP].cancel()
        keeper.close()
        metrics.close()

    app: App = (
        ApplicationBuilder()
        .application_class(_Application, {"turns": turns})
        .updater(_updater(settings, bot, journal))
        .concurrent_updates(turns)
        .post_init(start)
        .post_stop(stopped)
        .post_shutdown(end)
        .build()
    )

    def stop(reason: str) -> None:
        if STOPPED not in app.bot_data:
            app.bot_data[STOPPED] = reason
            asyncio.get_running_loop().call_soon(_exit)

    polling.stop = stop
    service = Service(
        bot=app.bot,
        library=library,
        keeper=keeper,
        outbox=Outbox(app.bot, keeper, turns.stopping, metrics),
        metrics=metrics,
        allowed=settings.allowed and settings.allowed | settings.admins,
        by_user=Rate(settings.user_rate),
        by_chat=Rate(settings.chat_rate),
        taps=Rate(_TAPS * settings.user_rate),
        typed=Rate(_TYPED * settings.user_rate),
        operators=settings.admins,
        counts_subjects=settings.hot,
        keeps_questions=settings.keep_questions,
    )
    register(app, service)
    alerts = Alerts(service, library.news, turns) if library.news else None
    if alerts and app.job_queue:
        app.job_queue.run_repeating(lambda _: alerts.look(), EVERY, first=EVERY)
    return app


def _updater(settings: Settings, bot: ExtBot[Any], journal: Journal) -> Updater:
    """What brings the updates into the journal."""
    if not settings.webhook_url:
        return Updater(bot, journal)
    try:
        from bot.webhook import WebhookUpdater
    except ImportError:
        raise ServeError(
            f"{PREFIX}WEBHOOK_URL needs the extra: pip install 'taxnews[webhooks]'"
        ) from None
    return WebhookUpdater(bot, journal)


async def _upkeep(service: Service) -> None:
    """Deletes what has been kept long enough and notes the corpus's size, now and every hour."""
    keeper = service.keeper
    while True:
        try:
            await keeper(keeper.store.purge)
            facts = await asyncio.to_thread(service.library.facts)
            sizes = {"posts": facts.posts, "paragraphs": facts.paragraphs}
            await keeper(keeper.store.tallies.held, china_today(), **sizes)
        except (sqlite3.Error, StoreError) as error:
            logger.warning("upkeep failed: %s", error)
        await asyncio.sleep(3600)


def _exit() -> None:
    """Ends PTB's loop as its signal handler does; `stop_running` has no effect at start."""
    raise SystemExit


class _Application(Application[Any, Any, Any, Any, Any, Any]):
    """PTB's, which says what it waits for at start, and leaves at once what can wait at the end."""

    def __init__(self, *, turns: Turns, **parts: Any) -> None:
        super().__init__(**parts)
        self._turns = turns

    async def stop(self) -> None:
        """Finishes what is being handled; what merely waits is taken up after the next start."""
        self._turns.stopping.set()
        await super().stop()

    async def initialize(self) -> None:
        try:
            await super().initialize()
        except InvalidToken:
            await self.bot.request.shutdown()  # PTB leaves it open if it can't initialise
            raise
        except NetworkError as error:
            host = self.bot.base_url.removesuffix(self.bot.token).removesuffix("/bot")
            logger.warning("can't reach %s (%s): trying again", host, type(error).__name__)
            raise


class TelegramRequest(HTTPXRequest):
    """PTB's, which takes no answer for Telegram's that can't be."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer; raises TelegramError for one with neither a result nor an error."""
        try:
            answer = read_json(payload)
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        if not isinstance(answer, dict) or not {"result", "description"} & answer.keys():
            raise TelegramError("Invalid server response")
        return answer


class PollingRequest(TelegramRequest):
    """Watches what Telegram says to our polling.

    PTB polls on for ever through a conflict, and stops polling without a word
    when the token is withdrawn; both end the bot with a reason. An answer with
    an update that it can't read, PTB would throw away whole, and be sent the same for ever.
    """

    stop: Callable[[str], None]

    def __init__(self, journal: Journal) -> None:
        # Two: at the end a last call confirms updates while the cut poll is still closing.
        super().__init__(connection_pool_size=2, read_timeout=POLL_SECONDS + 5)
        self._journal = journal
        self._conflicts = 0

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **kwargs)
        self._conflicts = self._conflicts + 1 if code == 409 else 0
        if code in (401, 404):
            self.stop(REFUSED)
            raise NetworkError("the token was withdrawn")  # PTB's own would break its clean end
        elif self._conflicts == 1:
            logger.warning("a poll was refused because of another one: trying again")
        elif self._conflicts >= _CONFLICTS:
            self.stop(CONFLICT)
        return code, await self._readable(payload) if code == 200 else payload

    async def _readable(self, payload: bytes) -> bytes:
        """The answer to a poll, each update in it that can't be read replaced by an empty one."""
        updates = self.parse_json_payload(payload).get("result")
        if not isinstance(updates, list):
            raise NetworkError("garbled answer to a poll")
        if all(read_update(update, None) for update in updates):
            return payload
        kept = []
        for update in updates:
            if read_update(update, None):
                kept.append(update)
                continue
            await self._journal.pass_over(update)
            if isinstance(update, dict) and isinstance(update.get("update_id"), int):
                kept.append({"update_id": update["update_id"]})  # so that PTB confirms it
        return json.dumps({"ok": True, "result": kept}).encode()


async def _announce(app: App) -> None:
    """Sets the commands; a failure there is no reason not to answer."""
    try:
        await set_commands(app.bot)
    except TelegramError as error:
        logger.warning("the commands could not be set: %s", type(error).__name__)
    logger.info("answering as @%s", app.bot.username)


def set_up_logging(token: str, *, form: Literal["text", "json"] = "text") -> None:
    """Logs to stderr, a line or a JSON object each, and keeps the token and questions out of it.

    httpx logs every address, and those hold the token; PTB logs updates, server
    replies and a refused token word for word: what matters of it, we log ourselves.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a look that takes long is no fault
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
    for handler in logging.getLogger().handlers:
        formatter = JsonFormatter(LOG_FORMAT, json_ensure_ascii=False) if form == "json" else None
        handler.setFormatter(_Redacting(formatter or handler.formatter, token))


class _Redacting(logging.Formatter):
    """The last line of defence: whatever is logged, the token is not in it."""

    def __init__(self, formatter: logging.Formatter | None, token: str) -> None:
        super().__init__()
        self._formatter = formatter or logging.Formatter(LOG_FORMAT)
        bot, _, secret = token.partition(":")
        self._token = re.compile(f"{re.escape(bot)}(?::|%3A){re.escape(secret)}", re.IGNORECASE)

    def format(self, record: logging.LogRecord) -> str:
        """The record in the form of the other formatter, without the token."""
        return self._token.sub("<token>", self._formatter.format(record))
