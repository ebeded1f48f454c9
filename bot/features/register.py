"""Which handler takes which update."""

from collections.abc import Awaitable, Callable, Coroutine
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
from bot.chat.context import Context, context_of
from bot.chat.service import Service
from bot.features import buttons, commands, inline
from bot.features.asking import App, Handler, on_message, on_start
from bot.features.failures import on_error
from bot.features.membership import on_membership, on_migration


def register(app: App, service: Service) -> None:
    """Adds the handlers to `app`; the first that fits an update takes it."""

    def bound(handler: Handler) -> Callable[[Update, Any], Coroutine[Any, Any, None]]:
        async def handle(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
            if context := await context_of(service, update):
                await handler(context)
                await commands.offer_menu(context)

        return handle

    def persons(command: Handler) -> Handler:
        async def handle(context: Context) -> None:
            if is_a_persons(context.message, service.bot.bot):
                await command(context)

        return handle

    def plain(
        handler: Callable[[Service, Update], Awaitable[None]],
    ) -> Callable[[Update, Any], Coroutine[Any, Any, None]]:
        async def handle(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
            await handler(service, update)

        return handle

    new = filters.UpdateType.MESSAGE
    for name, command in commands.COMMANDS.items():
        app.add_handler(CommandHandler(name, bound(persons(command)), new))
    app.add_handler(CommandHandler("start", bound(persons(on_start)), new))
    in_channel = filters.UpdateType.CHANNEL_POST & commands.Typed(commands.CHANNEL_COMMANDS)
    app.add_handler(MessageHandler(in_channel, bound(commands.on_typed)))
    in_private = new & filters.ChatType.PRIVATE & commands.Typed(commands.TYPED)
    app.add_handler(MessageHandler(in_private, bound(persons(commands.on_typed))))
    by_name = new & commands.Named(service)
    app.add_handler(MessageHandler(by_name, bound(persons(commands.on_named))))
    app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, plain(on_migration)))
    # What is left: `/ask`, plain text, captions, stickers; and whatever was edited into them.
    written = filters.UpdateType.MESSAGES | filters.UpdateType.CHANNEL_POSTS
    app.add_handler(MessageHandler(written, bound(on_message)))
    app.add_handler(CallbackQueryHandler(plain(buttons.on_button)))
    app.add_handler(InlineQueryHandler(plain(inline.on_inline)))
    app.add_handler(ChatMemberHandler(plain(on_membership), ChatMemberHandler.MY_CHAT_MEMBER))

    async def failed(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        await on_error(service, update, context.error)

    app.add_error_handler(failed)
