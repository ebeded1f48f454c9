"""Conversations in Telegram: in private without a reply, in groups and topics by replies."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.chat.conversations import MOST, Conversations
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import Answerer
from retrieval.answering.dialogue import reply
from retrieval.question.conversation import Conversation
from tests.support.answering import corpus_of
from tests.support.buttons import labels, press
from tests.support.conversation_posts import NOW, POSTS
from tests.support.running_bot import RunningBot, found, library_of
from tests.support.telegram_server import ALICE, BOB, Call, Json, TelegramServer

FIRST, OTHER, HOW = "星海加油站罚了多少", "晨光加油站呢", "怎么藏的收入"


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    with corpus_of(Path(tmp_path_factory.mktemp("conversations")), *POSTS) as answerer:
        yield answerer


def running(telegram: TelegramServer, answerer: Answerer, **settings: Any) -> RunningBot:
    """A bot that answers from `POSTS`."""

    def ask(question: str, *, limit: int = 6, previous: Any = None, **more: Any) -> Answer:
        return reply(answerer, question, previous, limit=limit, now=NOW)

    return RunningBot(telegram, library=library_of(found, ask=ask), **settings)


def test_in_private_a_turn_goes_on_without_a_reply_for_each_person_and_until_forgotten(
    telegram: TelegramServer, answerer: Answerer
) -> None:
    with running(telegram, answerer):
        telegram.reply_to(telegram.private(FIRST))
        alone = telegram.reply_to(telegram.private(OTHER, sender=BOB))
        other = telegram.reply_to(telegram.private(OTHER))
        how = telegram.reply_to(telegram.private(HOW))
        press(telegram, telegram.reply_to(telegram.private("/forgetme")).result, "🗑")
        gone = telegram.reply_to(telegram.private("那少缴了多少"))
    assert "按“晨光加油站" in other["text"]
    assert "170万元" in other["text"]
    assert "改动加油机数据" in how["text"]
    assert "按“" not in alone["text"]
    assert "340万元" not in gone["text"]


def test_who_wants_no_follow_ups_has_each_question_read_by_itself(
    telegram: TelegramServer, answerer: Answerer
) -> None:
    with running(telegram, answerer):
        settings = telegram.reply_to(telegram.private("/settings")).result
        turned = press(telegram, settings, "接着上一问")
        telegram.reply_to(telegram.private(FIRST))
        other = telegram.reply_to(telegram.private(OTHER))
    assert ["接着上一问来理解：关"] in labels(turned)
    assert "按“" not in other["text"]


def test_in_a_topic_a_reply_goes_on_from_the_answer_that_it_replies_to(
    telegram: TelegramServer, answerer: Answerer
) -> None:
    with running(telegram, answerer):
        answer = telegram.reply_to(telegram.topic(f"/ask {FIRST}", thread=5)).result
        asked = telegram.topic(OTHER, thread=5, reply_to_message=answer)
        other = telegram.reply_to(asked)
        asked = telegram.topic(HOW, thread=5, reply_to_message=other.result)
        how = telegram.reply_to(asked)
    assert "170万元" in other["text"]
    assert "改动加油机数据" in how["text"]


def said_in(place: str, telegram: TelegramServer) -> Callable[..., Call]:
    """A person's turn in a place, in reply to the bot's message if there is one → the answer."""

    def say(text: str, to: Call | None = None, sender: Json = ALICE) -> Call:
        if place == "private":
            return telegram.reply_to(telegram.private(text, sender=sender))
        fields = {"reply_to_message": to.result} if to else {}
        text = text if to or text.startswith("/") else f"/ask {text}"
        if place == "topic":
            return telegram.reply_to(telegram.topic(text, sender=sender, **fields))
        return telegram.reply_to(telegram.group(text, sender=sender, **fields))

    return say


@pytest.mark.parametrize("place", ["group", "topic"])
def test_two_people_talk_in_one_group_each_about_their_own(
    telegram: TelegramServer, answerer: Answerer, place: str
) -> None:
    with running(telegram, answerer, chat_rate=0):
        say = said_in(place, telegram)
        mine = say(FIRST)
        other = say("主播郑佳怡罚了多少", sender=BOB)
        mine = say("少缴了多少", mine)
        other = say("少缴了多少", other, sender=BOB)
        assert "120万元" in mine["text"]
        assert "88万元" in other["text"]
        joined = say(OTHER, mine, sender=BOB)
        assert "340万元" in joined["text"]  # who replies goes on from what that message says
        assert "改动加油机" not in say(HOW, mine)["text"]  # and its asker's talk is as it was


@pytest.mark.parametrize("place", ["private", "group", "topic"])
def test_what_was_said_is_forgotten_after_the_time_that_is_set(
    telegram: TelegramServer, answerer: Answerer, place: str
) -> None:
    with running(telegram, answerer, conversation_minutes=20) as bot:
        say = said_in(place, telegram)
        first = say(FIRST)
        pass_minutes(bot, 19)
        going_on = say(OTHER, first)
        pass_minutes(bot, 21)
        gone = say("星海加油站呢", going_on)
    assert "按“晨光加油站" in going_on["text"]
    assert "按“" not in gone["text"]


@pytest.mark.parametrize("place", ["private", "group", "topic"])
def test_forgetme_ends_a_conversation_also_where_somebody_else_went_on_from_it(
    telegram: TelegramServer, answerer: Answerer, place: str
) -> None:
    with running(telegram, answerer, chat_rate=0):
        say = said_in(place, telegram)
        first, other = say(FIRST), say("主播郑佳怡罚了多少", sender=BOB)
        joined = say(OTHER, first, sender=BOB) if place != "private" else first
        press(telegram, say("/forgetme").result, "🗑")
        gone = say("那少缴了多少", first)
        gone_too = say("星海加油站呢", joined, sender=BOB) if place != "private" else gone
        kept = say("那少缴了多少", other, sender=BOB)
    assert "120万元" not in gone["text"]
    assert "按“" not in gone_too["text"]
    assert "88万元" in kept["text"]


def pass_minutes(bot: RunningBot, minutes: float) -> None:
    """Lets so much time pass for the bot."""
    end = bot.passed + 60 * minutes
    with bot.hurry(600):
        bot.server.until(lambda: bot.passed >= end, what="the time to pass")


def test_a_reply_to_several_answers_goes_on_with_the_last(
    telegram: TelegramServer, answerer: Answerer
) -> None:
    with running(telegram, answerer):
        say = said_in("group", telegram)
        both = say("主播郑佳怡罚了多少？星海加油站罚了多少？")
        how = say("少缴了多少", both)
    assert "120万元" in how["text"]


def test_a_reply_goes_on_with_the_story_that_a_message_has_been_leafed_to(
    telegram: TelegramServer, answerer: Answerer
) -> None:
    with running(telegram, answerer):
        say = said_in("group", telegram)
        first = say(FIRST)
        [[following, *_], *_] = first.result["reply_markup"]["inline_keyboard"]
        telegram.press(first.result, following["callback_data"])
        telegram.wait("editMessageText")
        how = say("少缴了多少", first)
    assert "340万元" in how["text"]


def test_with_no_minutes_nothing_goes_on(telegram: TelegramServer, answerer: Answerer) -> None:
    with running(telegram, answerer, conversation_minutes=0):
        telegram.reply_to(telegram.private(FIRST))
        other = telegram.reply_to(telegram.private(OTHER))
    assert "按“" not in other["text"]


def test_several_questions_are_answered_in_one_message(
    telegram: TelegramServer, answerer: Answerer
) -> None:
    with running(telegram, answerer):
        text = telegram.reply_to(telegram.private(f"{FIRST}？{OTHER}？判了几年？"))["text"]
    assert all(part in text for part in ("1. ", "2. ", "3. ", "60万元", "170万元", "没有找到"))


def test_a_conversation_ends_after_its_time_and_few_are_kept() -> None:
    time = 0.0
    conversations = Conversations(60.0, lambda: time)
    conversations.keep_person(1, ALICE["id"], Conversation("问"))
    time = 59.0
    assert conversations.of_person(1, ALICE["id"]) == Conversation("问")
    time = 61.0
    assert conversations.of_person(1, ALICE["id"]) is None
    for message in range(MOST + 1):
        conversations.keep_answer(1, message, frozenset(), Conversation("问"))
    assert conversations.at_answer(1, 0) is None
    assert conversations.at_answer(1, MOST) == Conversation("问")


def test_a_name_is_offered_with_a_button_that_asks_for_it(
    telegram: TelegramServer, answerer: Answerer
) -> None:
    with running(telegram, answerer):
        offer = telegram.reply_to(telegram.private("郑嘉怡罚了多少")).result
        [[yes]] = offer["reply_markup"]["inline_keyboard"]
        telegram.press(offer, yes["callback_data"])
        answer = telegram.wait("editMessageText")[0].result
    assert offer["text"] == "是不是“郑佳怡”？"
    assert yes["text"] == "是"
    assert "44万元" in answer["text"]


@pytest.mark.parametrize("place", ["private", "group"])
def test_a_link_to_a_post_is_answered_by_the_post_and_asked_about_next(
    telegram: TelegramServer, answerer: Answerer, place: str
) -> None:
    with running(telegram, answerer):
        say = said_in(place, telegram)
        shown = say("http://example.com/2024/dock.html")
        fined = say("罚了多少", shown)
        unknown = say("https://e.com/no.html")
    assert "该码头三年里虚列装卸成本" in shown["text"]
    assert "海角码头虚列成本被查" in shown["text"]
    assert labels(shown.result)[0] == ["上下文", "全文", "原文"]
    assert "38万元" in fined["text"]
    assert unknown["text"].startswith("这个链接里的文章不在收录的新闻里")
