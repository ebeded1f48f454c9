"""Why an answer is disliked: the reason by a button, the remark in reply to a message."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import china_today
from bot.render.texts import ZH
from bot.storage import feedback
from bot.storage.chats import ChatStore
from bot.storage.feedback import LONGEST_REMARK, Disliked
from retrieval.answering.answer import Answer
from tests.support.buttons import acknowledged, data, labels, linked, press
from tests.support.running_bot import PASSAGE, RunningBot, found, not_found, several
from tests.support.telegram_server import ALICE, BOB, GROUP, Json, TelegramServer

REMARK = "这是<b>去年</b>的数 & 不是今年的{limit}😀"


def disliked(db: Path) -> list[Disliked]:
    with ChatStore(db) as store:
        return store.replies.disliked()


def prompted(telegram: TelegramServer, messages: int) -> Json:
    """The message that asks for a remark, the `messages`-th that the bot has sent."""
    return dict(telegram.wait("sendMessage", messages)[-1].result)


def prompted_by_first_answer(telegram: TelegramServer) -> Json:
    """The message that asks for a remark on the answer to a first question, in private."""
    answer = telegram.reply_to(telegram.private("问题")).result
    press(telegram, press(telegram, answer, "👎"), "其他")
    return prompted(telegram, 2)


def test_whoever_dislikes_is_asked_why_and_then_for_a_remark(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, ask=several, db=db):
        answer = telegram.reply_to(telegram.private("问题")).result
        asked = press(telegram, press(telegram, answer, "下一条"), "👎")
        given = press(telegram, asked, "已过时")
        telegram.press(given, data(given, "✍"))
        prompt = prompted(telegram, 2)
        call = telegram.called("sendMessage")[-1]
    with RunningBot(telegram, ask=several, db=db):  # over a restart
        thanks = telegram.reply_to(telegram.private(REMARK, reply_to_message=prompt)).result
    assert labels(asked)[-1] == ["段落不对", "已过时", "答非所问", "其他"]
    assert labels(given)[-2:] == [["👍", "👎 1", "↗ 分享"], ["✍ 补充说明"]]
    assert call["reply_markup"] == {
        "force_reply": True, "selective": True, "input_field_placeholder": ZH.remark_hint,
    }  # fmt: skip
    assert prompt["text"] == ZH.remark_ask.format(limit=LONGEST_REMARK)
    assert thanks["text"] == ZH.remark_kept
    (item,) = disliked(db)
    assert item.passage.title == "第2篇"
    assert [passage.title for passage in item.others] == ["第1篇", "第3篇"]
    assert (dict(item.reasons), item.remarks) == ({"out of date": 1}, (REMARK,))
    assert item.question is None


def test_a_remark_may_begin_with_the_name_of_a_command(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        prompt = prompted_by_first_answer(telegram)
        remark = telegram.private("搜索 里排第一的不是这篇", reply_to_message=prompt)
        assert telegram.reply_to(remark).result["text"] == ZH.remark_kept
    assert disliked(db)[0].remarks == ("搜索 里排第一的不是这篇",)


def test_a_reason_of_another_kind_asks_for_its_words_at_once_and_once(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram):
        answer = telegram.reply_to(telegram.private("问题")).result
        given = press(telegram, press(telegram, answer, "👎"), "其他")
        prompt = prompted(telegram, 2)
        call = acknowledged(telegram, telegram.press(given, data(given, "✍")))
    assert prompt["reply_to_message"]["message_id"] == answer["message_id"]
    assert call["text"] == ZH.remark_waits
    assert len(telegram.called("sendMessage")) == 2


def test_in_a_group_the_message_names_whom_it_asks_and_takes_no_others_remark(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    user = ALICE | {"first_name": "<i>小林"}
    with RunningBot(telegram, db=db):
        answer = telegram.reply_to(telegram.group("/ask 问题", sender=BOB)).result
        given = press(telegram, press(telegram, answer, "👎", sender=user), "其他", sender=user)
        prompt = prompted(telegram, 2)
        telegram.group("我来说", sender=BOB, reply_to_message=prompt)
        mine = telegram.group("不对", sender=user, reply_to_message=prompt)
        telegram.reply_to(mine)
        edited = telegram.edit(mine, "还是不对")
        telegram.settled()
        telegram.reply_to(telegram.private("下一个"))
    assert given["chat"]["id"] == GROUP["id"]
    text = ZH.remark_ask_of.format(limit=LONGEST_REMARK, name="<i>小林")
    assert prompt["text"] == text
    (link,) = prompt["entities"]
    assert (link["type"], link["url"]) == ("text_link", f"tg://user?id={user['id']}")
    assert len(telegram.called("sendMessage")) == 4  # Bob's words are no question
    assert edited["text"] == "还是不对"
    assert disliked(db)[0].remarks == ("还是不对",)


def test_a_remark_is_bounded_and_may_be_written_again(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        prompt = prompted_by_first_answer(telegram)
        replies = [
            telegram.reply_to(telegram.private(text, reply_to_message=prompt)).result["text"]
            for text in ("长" * (LONGEST_REMARK + 1), "第一次", "第二次")
        ]
        telegram.private(reply_to_message=prompt, sticker={
            "file_id": "f", "file_unique_id": "f", "width": 9, "height": 9, "type": "regular",
            "is_animated": False, "is_video": False,
        })  # fmt: skip
        telegram.reply_to(telegram.private("下一个"))
    too_long = ZH.remark_long.format(length=LONGEST_REMARK + 1, limit=LONGEST_REMARK)
    assert replies == [too_long, ZH.remark_kept, ZH.remark_kept]
    assert disliked(db)[0].remarks == ("第二次",)


def test_a_change_of_mind_takes_the_reason_back(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, ask=several, db=db):
        answer = telegram.reply_to(telegram.private("问题")).result
        given = press(telegram, press(telegram, answer, "👎"), "答非所问")
        second = press(telegram, press(telegram, given, "下一条"), "👎")
        moved = disliked(db)
        press(telegram, second, "👍")
    assert [(item.passage.title, dict(item.reasons)) for item in moved] == [("第2篇", {})]
    assert disliked(db) == []


def test_an_edited_question_takes_back_what_was_said_of_its_old_answer(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"

    def ask(question: str) -> Answer:
        return found(question) if "一" in question else several(question)

    with RunningBot(telegram, ask=ask, db=db):
        question = telegram.private("问题一")
        answer = telegram.reply_to(question).result
        press(telegram, answer, "👎")
        telegram.edit(question, "问题一。")
        telegram.settled()
        kept = disliked(db)
        edits = len(telegram.called("editMessageText"))
        telegram.edit(question, "问题二")
        telegram.wait("editMessageText", edits + 1)
    assert [len(item.ids) for item in kept] == [1]
    assert disliked(db) == []
    with ChatStore(db) as store:
        assert store.replies.ratings(1) == (0, 0)


# --- questions that are kept -------------------------------------------------------------


@pytest.mark.parametrize("keeps", [False, True])
def test_the_question_of_a_disliked_answer_is_kept_only_where_that_is_set(
    telegram: TelegramServer, tmp_path: Path, keeps: bool
) -> None:
    db = tmp_path / "taxnews.db"
    with ChatStore(db) as store:
        store.settings.change(GROUP["id"], plain_questions=True)
    with RunningBot(telegram, db=db, keep_questions=keeps, ask=numbered()):
        for ask in (
            lambda: telegram.private("私下问的"),
            lambda: telegram.private(f"/start {linked('什么是退税？')}"),
            lambda: telegram.group("@taxnews_bot 群里问的", sender=BOB),
            lambda: telegram.group("/ask@taxnews_bot 用命令问的"),
            lambda: telegram.group("随口问的？"),
        ):
            press(telegram, telegram.reply_to(ask()).result, "👎")
    asked = ["私下问的", "什么是退税？", "群里问的", "用命令问的", "随口问的？"]
    assert [item.question for item in reversed(disliked(db))] == (asked if keeps else [None] * 5)


def numbered() -> Callable[[str], Answer]:
    """Answers each of which has a sentence of its own."""
    count = iter(range(100))

    def ask(question: str) -> Answer:
        return Answer(question, 0.9, (replace(PASSAGE, sentence=f"第{next(count)}句。"),))

    return ask


def test_a_liked_answers_question_is_not_kept(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db, keep_questions=True):
        press(telegram, telegram.reply_to(telegram.private("青溪茶厂")).result, "👍")
    assert "青溪茶厂".encode() not in db.read_bytes()


@pytest.mark.parametrize("keeps", [False, True])
def test_questions_without_an_answer_are_kept_only_where_that_is_set(
    telegram: TelegramServer, tmp_path: Path, keeps: bool
) -> None:
    db = tmp_path / "taxnews.db"

    def ask(question: str) -> Answer:
        if "你好" in question:
            return Answer(question, 0.0, (), reply="你好！")
        return found(question) if "有" in question else not_found(question)

    with RunningBot(telegram, db=db, keep_questions=keeps, ask=ask):
        for text in ("没这事一", "没这事一", "有这事", "你好", "/search 没这事", "税" * 1001):
            telegram.reply_to(telegram.private(text))
        telegram.reply_to(telegram.group("/ask 没这事一", sender=BOB))
        telegram.inline("没这事的内联")
        telegram.wait("answerInlineQuery")
    with ChatStore(db) as store:
        kept = [question for question, _ in store.feedback.unanswered()]
        rows = store._db.execute("SELECT * FROM bot_unanswered").fetchall()
    assert kept == (["没这事一"] * 2 if keeps else [])
    ids = {str(ALICE["id"]), str(BOB["id"]), ALICE["id"], BOB["id"]}
    assert not any(ids & set(row) for row in rows)


def test_what_was_kept_goes_when_the_setting_does(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db, keep_questions=True):
        press(telegram, telegram.reply_to(telegram.private("青溪茶厂一")).result, "👎")
    with RunningBot(telegram, db=db, ask=not_found, keep_questions=True):
        telegram.reply_to(telegram.private("青溪茶厂二"))
    assert "青溪茶厂".encode() in db.read_bytes()
    with RunningBot(telegram, db=db):
        telegram.reply_to(telegram.private("下一个"))
    assert [item.question for item in disliked(db)] == [None]
    assert "青溪茶厂".encode() not in db.read_bytes()


def test_unanswered_questions_expire_after_ninety_days(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as store:
        for ago in (90, 89, 0):
            store.feedback.keep_unanswered(f"{ago}天前", china_today() - timedelta(days=ago), 7)
        store.purge()
        assert [question for question, _ in store.feedback.unanswered()] == ["0天前", "89天前"]


def test_no_more_questions_are_kept_than_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "MOST_UNANSWERED", 2)
    with ChatStore(tmp_path / "a.db") as store:
        for number in range(5):
            store.feedback.keep_unanswered(f"{number}", china_today(), 7)
        store.purge()
        assert [question for question, _ in store.feedback.unanswered()] == ["4", "3"]


def test_forgetme_deletes_ones_own_remarks_and_questions_and_no_others(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"

    def ask(question: str) -> Answer:
        return not_found(question) if "没" in question else found(question)

    with RunningBot(telegram, db=db, ask=ask, keep_questions=True):
        for sender in (ALICE, BOB):
            telegram.reply_to(telegram.private(f"没答案{sender['id']}", sender=sender))
        answer = telegram.reply_to(telegram.group("/ask 鲍勃问的", sender=BOB)).result
        for sender, messages in ((ALICE, 4), (BOB, 6)):
            asked = press(telegram, answer, "👎", sender=sender)
            press(telegram, asked, "其他", sender=sender)
            prompt = prompted(telegram, messages)
            text = f"意见{sender['id']}"
            telegram.reply_to(telegram.group(text, sender=sender, reply_to_message=prompt))
        sure = telegram.reply_to(telegram.private("/forgetme")).result
        said = press(telegram, sure, "🗑")["text"]
        before = disliked(db)
        sure = telegram.reply_to(telegram.private("/forgetme", sender=BOB)).result
        press(telegram, sure, "🗑", sender=BOB)
    assert said == "已删除：1 条答案记录、1 个评价、1 条意见、1 个问题。"
    assert [(len(item.ids), item.remarks) for item in before] == [(1, (f"意见{BOB['id']}",))]
    assert disliked(db) == []
    for text in ("没答案", "意见1", "鲍勃问的"):
        assert text.encode() not in db.read_bytes(), text


def test_dislikes_go_with_the_chat_and_its_answers(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        answer = telegram.reply_to(telegram.group("/ask 问题")).result
        press(telegram, press(telegram, answer, "👎"), "已过时")
        assert disliked(db)
        telegram.membership(GROUP, "member", "kicked")
        telegram.reply_to(telegram.private("问题"))
        telegram.settled()
    assert disliked(db) == []


def test_remarks_are_read_whatever_stands_in_them(tmp_path: Path) -> None:
    awkward: list[Any] = ["", "\x00", "'; DROP TABLE bot_dislikes; --", "𠮷😀", "{limit}%s"]
    with ChatStore(tmp_path / "a.db") as store:
        for number, text in enumerate(awkward, 1):
            reply = store.replies.open(1, number, 1, several("问题"))
            store.replies.rate(reply, number, liked=False)
            store.feedback.ask(1, 100 + number, reply, number)
            assert store.feedback.remark(1, 100 + number, number, text)
        (item,) = store.replies.disliked()
    assert sorted(item.remarks) == sorted(text for text in awkward if text)
