"""The buttons of a message: what they say, and what a press does; and links that ask."""

import base64
from typing import Any

from tests.support.telegram_server import Call, Json, TelegramServer


def linked(question: str) -> str:
    """The parameter of a deep link that asks a question."""
    return "q_" + base64.urlsafe_b64encode(question.encode()).decode().rstrip("=")


def data(message: Json, label: str) -> str:
    """The data of the button of `message` whose text begins with `label`."""
    rows = message["reply_markup"]["inline_keyboard"]
    (found,) = [b["callback_data"] for row in rows for b in row if b["text"].startswith(label)]
    return str(found)


def labels(message: Json) -> list[list[str]]:
    return [[b["text"] for b in row] for row in message["reply_markup"]["inline_keyboard"]]


def press(telegram: TelegramServer, message: Json, label: str, **more: Any) -> Json:
    """Presses a button and gives the message as it is after its edit."""
    edits = len(telegram.called("editMessageText"))
    telegram.press(message, data(message, label), **more)
    return dict(telegram.wait("editMessageText", edits + 1)[-1].result)


def acknowledged(telegram: TelegramServer, query: str) -> Call:
    """How the bot answered a press."""

    def calls() -> list[Call]:
        return [
            c for c in telegram.called("answerCallbackQuery") if c["callback_query_id"] == query
        ]

    telegram.until(lambda: bool(calls()), what="an acknowledgement")
    return calls()[0]
