"""Which handler takes which update."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.chat.addressing import is_a_persons
from bot.chat.service import Service
from bot.features import buttons, commands, inline, subscriptions
from bot.features.asking import App, Handler, on_message, on_start
from bot.features.failures import on_error
from bot.features.membership import on_membership, on_migration


def register(app: App, service: Service) -> None:
    """Adds the handlers to `app`; the first that fits an update takes it."""

    def bound(handler: Handler) -> Callable[[Update, Any], Coroutine[Any, Any, None]]:
        async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            await handler(service, update)

        return handle

    def persons(command: Handler) -> Handler:
        async def handle(service: Service, update: Update) -> None:
            message = update.effective_message
            if message and is_a_persons(message, service.bot.bot):
                await command(service, update)

        return handle

    new = filters.UpdateType.MESSAGE
    for name, command in commands.COMMANDS.items():
        app.add_handler(CommandHandler(name, bound(persons(command)), new))
    in_channel = filters.UpdateType.CHANNEL_POST & filters.Regex(subscriptions.IN_CHANNEL)
    app.add_handler(MessageHandler(in_channel, bound(subscriptions.on_channel_command)))
    app.add_handler(CommandHandler("start", bound(persons(on_start)), new))
    app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, bound(on_migration)))
    # What is left: `/ask`, plain text, captions, stickers; and whatever was edited into them.
    written = filters.UpdateType.MESSAGES | filters.UpdateType.CHANNEL_POSTS
    app.add_handler(MessageHandler(written, bound(on_message)))
    app.add_handler(CallbackQueryHandler(bound(buttons.on_button)))
    app.add_handler(InlineQueryHandler(bound(inline.on_inline)))
    app.add_handler(ChatMemberHandler(bound(on_membership), ChatMemberHandler.MY_CHAT_MEMBER))

    async def failed(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        await on_error(service, update, context.error)

    app.add_error_handler(failed)
