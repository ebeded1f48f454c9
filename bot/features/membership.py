"""The bot added to a chat, removed from it, or a group that moved."""

from telegram import ChatMember, Update
from telegram.constants import ChatType

from bot.chat.service import Service
from bot.chat.voice import voice_for
from bot.delivery.destination import Destination
from bot.render.message import text_message


async def on_migration(service: Service, update: Update) -> None:
    """A group has become a supergroup: what is known of it moves along."""
    message = update.effective_message
    if message is None:
        return
    store, here = service.storage.store, message.chat.id
    if message.migrate_to_chat_id:
        await service.storage(store.move, here, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id:
        await service.storage(store.move, message.migrate_from_chat_id, here)


async def on_membership(service: Service, update: Update) -> None:
    """Added to a group, the bot greets once; out of a chat, it forgets it."""
    change = update.my_chat_member
    if change is None:
        return
    store, chat = service.storage.store, change.chat
    if change.new_chat_member.status in (ChatMember.LEFT, ChatMember.BANNED):
        await service.storage(store.leave, chat.id)
        return
    is_group = chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)
    was_out = change.old_chat_member.status in (ChatMember.LEFT, ChatMember.BANNED)
    is_welcome = is_group and was_out and service.is_allowed(change.from_user, chat)
    if is_welcome and await service.storage(store.settings.greet, chat.id):
        voice = voice_for(chat, None, await service.settings(chat.id))
        greeting = text_message(voice.texts.greeting.format(username=service.bot.username))
        here = Destination(chat.id, is_private=False)
        await service.outbox.send(voice.written(greeting), here)
