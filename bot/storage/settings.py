"""What chats want: the only SQL over `chat_settings`."""

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from bot.storage.database import ChatDatabase


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What a chat wants of the bot; the defaults are what a new chat gets.

    `language` None follows the user (in groups: Chinese). `quiet` is the first
    and the last hour, China's, in which a group isn't answered. `follow_ups`: a question in
    private goes on from the last one. `template` is how the posts look that the chat is sent, None
    as the bot writes them: see `bot.render.templates`. `spoken` is the language in which a person
    asked for news, for where `language` is None.
    """

    language: str | None = None
    alternatives: int = 5
    plain: bool = False
    admins_only: bool = False
    plain_questions: bool = False
    quiet: tuple[int, int] | None = None
    follow_ups: bool = True
    template: str | None = None
    spoken: str | None = None


@dataclass
class Settings:
    """The table above; one thread does all its work."""

    _db: ChatDatabase

    def of(self, chat: int) -> ChatSettings:
        """What a chat wants, or the defaults."""
        kept = self._db.value("SELECT settings FROM chat_settings WHERE chat = ?", (chat,))
        known = {field.name for field in fields(ChatSettings)}
        values = {k: v for k, v in json.loads(kept or "{}").items() if k in known}
        quiet = values.get("quiet")
        return ChatSettings(**values | {"quiet": tuple(quiet) if quiet else None})

    def groups(self) -> dict[int, ChatSettings]:
        """What each group and channel wants that has set anything or been greeted, by its id."""
        rows = self._db.execute("SELECT chat FROM chat_settings WHERE chat < 0").fetchall()
        return {chat: self.of(chat) for (chat,) in rows}

    def change(self, chat: int, **changes: Any) -> ChatSettings:
        """The settings of `chat`, changed."""
        settings = replace(self.of(chat), **changes)
        self._db.write(
            "INSERT INTO chat_settings (chat, settings) VALUES (?, ?)"
            " ON CONFLICT (chat) DO UPDATE SET settings = excluded.settings",
            (chat, json.dumps(asdict(settings))),
        )
        return settings

    def greet(self, chat: int) -> bool:
        """Whether `chat` has yet to be greeted; it is greeted then."""
        cursor = self._db.write(
            "INSERT INTO chat_settings (chat, settings, greeted) VALUES (?, '{}', 1)"
            " ON CONFLICT (chat) DO UPDATE SET greeted = 1 WHERE greeted = 0",
            (chat,),
        )
        return bool(cursor.rowcount)
