"""The running bot, from start to stop."""

import asyncio
import logging
import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from telegram import Update
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.application import REAL_PACE, BotApplication, Pace, ServeError, build
from bot.delivery.failures import until_reached
from bot.delivery.polling import POLL_SECONDS, REFUSED
from bot.features.failures import outline
from bot.logs import set_up_logging
from bot.settings import LOOSE, PREFIX, TIGHTEN, Settings, is_env_file_loose, unknown
from bot.storage.chats import ChatStore
from corpus.errors import TaxnewsError
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

logger = logging.getLogger(__name__)


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
    app: BotApplication,
    settings: Settings,
    *,
    signals: Sequence[int] = (signal.SIGINT, signal.SIGTERM),
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
    if app.reason:
        raise ServeError(app.reason)


def _loop() -> asyncio.AbstractEventLoop:
    """This thread's event loop, made if there is none."""
    try:
        return asyncio.get_event_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        return loop


async def _serve(app: BotApplication, settings: Settings, signals: Sequence[int]) -> None:
    """Starts the bot, and ends it when it is to end, be it before it has started.

    PTB's own `run_polling` raises `SystemExit` at a signal in whatever runs then: a second signal
    breaks the end off, and a task that is broken off may fail with nobody to hear of it.
    """
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, app.ending.set)
    starting = asyncio.create_task(_start(app, settings))
    ending = asyncio.create_task(app.ending.wait())
    try:
        await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not app.ending.is_set():
            await starting  # raises what it failed with
            await ending
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await _end(app)


async def _start(app: BotApplication, settings: Settings) -> None:
    """Starts the bot; a network that isn't there yet is waited for."""
    host = app.bot.base_url.removesuffix(app.bot.token).removesuffix("/bot")
    await until_reached(app.initialize, f"can't reach {host}")
    await app.prepare()
    await _receive(app, settings)
    await app.start()


async def _receive(app: BotApplication, settings: Settings) -> None:
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


async def _end(app: BotApplication) -> None:
    """Ends what has been started, wherever that broke off; then our tasks and threads."""
    try:
        if app.updater and app.updater.running:
            await app.updater.stop()
        if app.running:
            await app.stop()
        await _end_tasks()  # else one that was broken off would open a connection again
        await app.shutdown()
        await app.bot.shutdown()  # PTB leaves it open if the start was broken off
    except Exception as error:  # nothing of it is needed any more
        logger.warning("while stopping: %s", type(error).__name__)
    await _end_tasks()
    await asyncio.get_running_loop().shutdown_default_executor()
    app.close()


async def _end_tasks() -> None:
    """Cancels what still goes on in this loop, as the upkeep or a start that was broken off, and
    waits for its end."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
