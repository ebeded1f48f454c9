"""Holds conversations with the bot, in private and by replies in a topic: as `taxnews chat` does?

    python -m tests.drills.talks FILE --db DB [--now 2026-11-28]

FILE has a conversation a line: {"turns": [{"question": …}, …]}. Each turn is sent to the real bot
over the tests' Bot API server; what it finds, and what it shows, must be what the dialogue answers
by itself. Prints each turn that differs; exits with 1 if one does.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from corpus.reading.posts import CHINA
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import Answerer
from retrieval.answering.dialogue import reply
from retrieval.engine.opening import opened_answerer
from tests.support.running_bot import RunningBot, found, library_of
from tests.support.telegram_server import ALICE, FORUM, Json, TelegramServer

Talk = Sequence[str]
"""The turns of a conversation."""


def differences(answerer: Answerer, talks: Sequence[Talk], now: datetime) -> list[str]:
    """The turns that the bot answers otherwise than the dialogue, where and how; none at best."""
    answers: list[Answer] = []

    def ask(question: str, *, limit: int = 6, previous: Any = None, **more: Any) -> Answer:
        answers.append(reply(answerer, question, previous, limit=limit, now=now))
        return answers[-1]

    library = library_of(found, ask=ask, story=answerer.story)
    differing = []
    with (
        TelegramServer() as telegram,
        RunningBot(telegram, library=library, user_rate=0, chat_rate=0),
    ):
        for number, talk in enumerate(talks):
            alone = list(_alone(answerer, talk, now))
            for place, said in (
                ("private", _in_private(telegram, talk, number)),
                ("topic", _in_topic(telegram, talk, number)),
            ):
                for turn, expected, message in zip(talk, alone, said, strict=True):
                    if difference := _difference(expected, answers.pop(0), message):
                        differing.append(f"{place}, {number + 1}, {turn}: {difference}")
    return differing


def _alone(answerer: Answerer, talk: Talk, now: datetime) -> Iterator[Answer]:
    conversation = None
    for turn in talk:
        answer = reply(answerer, turn, conversation, now=now)
        conversation = answer.conversation
        yield answer


def _in_private(telegram: TelegramServer, talk: Talk, number: int) -> list[Json]:
    """The bot's messages in a private chat with somebody new."""
    sender = ALICE | {"id": ALICE["id"] + 10_000 + number}
    return [telegram.reply_to(telegram.private(turn, sender=sender)).result for turn in talk]


def _in_topic(telegram: TelegramServer, talk: Talk, number: int) -> list[Json]:
    """The bot's messages in a topic of a forum of its own, where each turn replies to the one
    before: Telegram takes only so many messages a minute for one group."""
    forum = FORUM | {"id": FORUM["id"] - 10_000 - number}
    said: list[Json] = []
    for turn in talk:
        fields: Json = {"message_thread_id": 5, "is_topic_message": True}
        if said:
            fields["reply_to_message"] = said[-1]
        asked = telegram.group(turn if said else f"/ask {turn}", chat=forum, **fields)
        said.append(telegram.reply_to(asked).result)
    return said


def _difference(expected: Answer, answer: Answer, message: Json) -> str | None:
    """What an answer in Telegram has otherwise, None if nothing."""
    first = expected.passages[:1]
    if [(p.post, p.paragraph, p.text) for p in first] != [
        (p.post, p.paragraph, p.text) for p in answer.passages[:1]
    ]:
        return f"{_told(answer)} instead of {_told(expected)}"
    if replace(expected, passages=(), related=()).understood != answer.understood:
        return f"understood as {answer.understood} instead of {expected.understood}"
    shown = "".join(message["text"].split())
    if first and "".join((first[0].title or "").split()) not in shown:
        return f"the message lacks {_told(expected)}"
    return None


def _told(answer: Answer) -> str:
    return answer.passages[0].sentence if answer.passages else answer.reply or "no answer"


def main() -> None:
    """Holds the conversations of a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--now", type=datetime.fromisoformat, default=datetime.now())
    args = parser.parse_args()
    lines = args.file.read_text(encoding="utf-8").splitlines()
    talks = [[turn["question"] for turn in json.loads(line)["turns"]] for line in lines if line]
    with opened_answerer(args.db) as answerer:
        differing = differences(answerer, talks, args.now.replace(tzinfo=CHINA))
    print(*differing, sep="\n")
    print(f"{len(talks)} conversations, {len(differing)} turns differ")
    sys.exit(differing != [])


if __name__ == "__main__":
    main()
