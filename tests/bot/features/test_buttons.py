"""Buttons, edits and settings: what happens under a message once it is there."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.render.texts import EN, ZH
from bot.storage.chats import ChatStore
from bot.storage.subscription_values import Audience
from retrieval.answering.answer import Answer
from retrieval.question.conversation import Conversation
from tests.support.buttons import acknowledged, data, labels, press
from tests.support.running_bot import (
    PASSAGE,
    POST,
    RunningBot,
    found,
    library_of,
    not_found,
    several,
)
from tests.support.telegram_server import (
    ALICE,
    BOB,
    BOT,
    FORUM,
    GROUP,
    Fault,
    TelegramServer,
    private_chat,
)

# --- leafing, context, reading, rating --------------------------------------------------


def test_buttons_leaf_through_the_alternatives_and_survive_a_restart(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, ask=several, db=db):
        first = telegram.reply_to(telegram.private("问题")).result
    assert labels(first) == [
        ["下一条 ▶", "☰ 全部"],
        ["上下文", "全文", "原文"],
        ["👍", "👎", "↗ 分享"],
    ]
    assert first["text"].endswith("第 1 条，共 3 条")
    with RunningBot(telegram, ask=several, db=db):
        second = press(telegram, first, "下一条")
        third = press(telegram, second, "下一条")
        again = press(telegram, third, "◀")
    assert second["text"].startswith("第2句。")
    assert labels(second)[0] == ["◀ 上一条", "下一条 ▶", "☰ 全部"]
    assert labels(third)[0] == ["◀ 上一条", "☰ 全部"]
    assert again["text"] == second["text"]


def test_context_shows_the_paragraphs_around_and_leads_back(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        answer = telegram.reply_to(telegram.private("问题")).result
        context = press(telegram, answer, "上下文")
        back = press(telegram, context, "↩")
    assert "前一段说的是背景。" in context["text"]
    assert "后一段说的是 <影响> & 展望。" in context["text"]
    bold = [e for e in context["entities"] if e["type"] == "bold"]
    assert [e["length"] for e in bold] == [len(PASSAGE.sentence)]
    assert back["text"] == answer["text"]


def test_the_whole_post_is_read_in_pages_in_a_message_of_its_own(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        answer = telegram.reply_to(telegram.private("问题")).result
        telegram.press(answer, data(answer, "全文"))
        page = telegram.reply_to(answer).result
        assert "前一段说的是背景。" in page["text"]
        pages = [page]
        while any(label.startswith("▶") for row in labels(pages[-1]) for label in row):
            pages.append(press(telegram, pages[-1], "▶"))
        back = press(telegram, pages[-1], "◀")
    assert len(pages) > 2
    everything = "".join(p["text"] for p in pages)
    assert all(paragraph.text in everything for paragraph in POST.paragraphs)
    assert back["text"] == pages[-2]["text"]


def test_a_reader_has_one_voice_and_may_change_it(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        answer = telegram.reply_to(telegram.private("问题")).result
        liked = press(telegram, answer, "👍")
        second = press(telegram, liked, "👎", sender=BOB)
        changed = press(telegram, second, "👎")
        telegram.press(changed, data(changed, "👎"))  # a double tap changes nothing
        telegram.settled()
        telegram.reply_to(telegram.private("下一个"))
    assert labels(liked)[-1] == ["👍 1", "👎", "↗ 分享"]
    assert labels(second)[-2] == ["👍 1", "👎 1", "↗ Share"]
    assert labels(changed)[-2:] == [
        ["👍", "👎 2", "↗ 分享"],
        ["段落不对", "已过时", "答非所问", "其他"],
    ]
    with ChatStore(db) as store:
        voters = [row["voter"] for row in store._db.query("SELECT voter FROM bot_ratings")]
    assert len(set(voters)) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", voter) for voter in voters)  # no id, but its hash


@pytest.mark.parametrize(
    "forged",
    [
        "p:1:99",
        "p:999:0",
        "c:1:7",
        "u:999:0",
        "r:999:",
        "f:1:9",
        "s:z",
        "x:999:0:w",
        "x:1:0:z",
        "x:1:9:w",
        "m:1:9",
        "v:g:1",
        "n:0",
        "x",
        "p:1:0:1",
        "p:１:0",
        "p:1:-1",
        "税",
        "p:999999999999999:0",
    ],
)
def test_what_no_button_says_is_met_kindly(telegram: TelegramServer, forged: str) -> None:
    with RunningBot(telegram):
        answer = telegram.reply_to(telegram.private("问题")).result
        call = acknowledged(telegram, telegram.press(answer, forged))
    assert call.params.get("text") == ZH.too_old
    assert telegram.called("editMessageText") == []


def test_a_button_shows_no_other_chats_answer(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        answer = telegram.reply_to(telegram.private("小林的问题")).result
        elsewhere = telegram.message(private_chat(BOB), BOT, "别的")
        call = acknowledged(telegram, telegram.press(elsewhere, data(answer, "👍"), sender=BOB))
        context = telegram.press(elsewhere, data(answer, "上下文"), sender=BOB)
        acknowledged(telegram, context)
    assert call["text"] == EN.too_old
    assert telegram.called("editMessageText") == []


def test_an_old_button_says_that_it_is_too_old(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        answer = telegram.reply_to(telegram.private("问题")).result
    with ChatStore(db) as store:
        store._db.execute("UPDATE bot_replies SET created = '2020-01-01'")
        store._db.conn.commit()
    with RunningBot(telegram, db=db):
        call = acknowledged(telegram, telegram.press(answer, data(answer, "👍")))
    assert call.params | {"callback_query_id": ""} == {
        "callback_query_id": "",
        "text": ZH.too_old,
        "show_alert": True,
    }


def test_a_press_is_acknowledged_before_it_is_acted_on(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=several):
        answer = telegram.reply_to(telegram.private("问题")).result
        for label in ("下一条", "上下文", "👍"):
            press(telegram, answer, label)
        acknowledged = telegram.wait("answerCallbackQuery", 3)
        edits = telegram.wait("editMessageText", 3)
    assert all(a.at < e.at for a, e in zip(acknowledged, edits, strict=True))


def test_a_press_that_waited_too_long_is_still_done(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=several):
        answer = telegram.reply_to(telegram.private("问题")).result
        telegram.fault(
            "answerCallbackQuery",
            Fault(status=400, description="Bad Request: query is too old"),
        )
        assert press(telegram, answer, "下一条")["text"].startswith("第2句。")


def test_an_edit_that_meets_a_bad_network_is_tried_again(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=several):
        answer = telegram.reply_to(telegram.private("问题")).result
        telegram.fault("editMessageText", Fault(cut=True))
        assert press(telegram, answer, "下一条")["text"].startswith("第2句。")


def test_no_callback_data_is_longer_than_telegram_takes(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=several):
        answer = telegram.reply_to(telegram.private("问题")).result
    rows = answer["reply_markup"]["inline_keyboard"]
    lengths = [len(b["callback_data"].encode()) for row in rows for b in row if "url" not in b]
    assert max(lengths) <= 30


def test_a_reply_to_an_answer_is_a_follow_up_to_the_story_it_shows(
    telegram: TelegramServer,
) -> None:
    leaned: list[Conversation | None] = []

    def ask(question: str, *, previous: Conversation | None = None, **more: Any) -> Answer:
        leaned.append(previous)
        passages = tuple(replace(PASSAGE, post=str(i), paragraph=i) for i in range(3))
        return Answer(question, confidence=0.9, passages=passages)

    with RunningBot(telegram, library=library_of(found, ask=ask)):
        answer = telegram.reply_to(telegram.private("问题")).result
        telegram.reply_to(telegram.private("那罚了多少？", reply_to_message=answer))
        press(telegram, answer, "下一条")
        telegram.reply_to(telegram.private("后来呢？", reply_to_message=answer))
        telegram.reply_to(telegram.private("新的问题"))
    assert leaned == [None, Conversation("", "0", 0), Conversation("", "1", 1), None]


# --- edited questions --------------------------------------------------------------------


def test_an_edited_question_edits_its_answer(telegram: TelegramServer, tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(question: str) -> Any:
        asked.append(question)
        return not_found(question) if "错" in question else found(question)

    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, ask=ask, db=db):
        question = telegram.group("/ask 打错了", chat=GROUP)
        first = telegram.reply_to(question)
    with RunningBot(telegram, ask=ask, db=db):
        telegram.edit(question, "/ask 改对了")
        edit = telegram.wait("editMessageText")[0]
        telegram.settled()
    assert asked == ["打错了", "改对了"]
    assert first.result["text"].startswith(ZH.not_found)
    assert edit.result["text"].startswith(PASSAGE.sentence)
    assert edit["message_id"] == first.result["message_id"]
    assert len(telegram.called("sendMessage")) == 1


def test_an_edit_into_a_command_runs_none(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        said = telegram.private("/forgetme")
        telegram.reply_to(said)
        telegram.edit(said, "/privacy")
        telegram.settled()
    assert len(telegram.called("sendMessage")) == 1


def test_an_edit_that_addresses_the_bot_for_the_first_time_is_answered(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram):
        talk = telegram.group("退税多少？")
        telegram.edit(talk, "退税多少？ @taxnews_bot")
        telegram.reply_to(talk)
    assert telegram.called("editMessageText") == []


def test_an_edit_that_changes_nothing_is_no_error(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    with RunningBot(telegram):
        question = telegram.private("问题")
        telegram.reply_to(question)
        telegram.edit(question, "问题")
        telegram.reply_to(telegram.private("下一个"))
    assert "while handling" not in caplog.text
    assert len(telegram.called("sendMessage")) == 2


def test_who_taps_anothers_button_to_forget_is_told_whose_it_is(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        asked = telegram.reply_to(telegram.group("/forgetme")).result
        telegram.press(asked, "z", sender=BOB | {"language_code": "zh"})
        (refused,) = telegram.wait("answerCallbackQuery")
        assert telegram.called("editMessageText") == []
        telegram.press(asked, "z")
        (done,) = telegram.wait("editMessageText")
    assert refused["text"] == ZH.forget_others
    assert done.result["text"] == ZH.forgotten_here


# --- settings ---------------------------------------------------------------------------------


def test_private_settings_turn_by_taps(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=several):
        settings = telegram.reply_to(telegram.private("/settings")).result
        assert labels(settings) == [
            ["语言：自动"],
            ["繁體字：关"],
            ["备选答案：5"],
            ["纯文本（无按钮，便于读屏）：关"],
            ["接着上一问来理解：开"],
        ]
        chinese = press(telegram, settings, "语言")
        english = press(telegram, chinese, "语言：中文")
        assert labels(english)[0] == ["Language: English"]
        plain = press(telegram, english, "Plain text")
        none = press(telegram, plain, "Other answers: 5")
        answer = telegram.reply_to(telegram.private("问题")).result
    assert labels(none)[2] == ["Other answers: 0"]
    assert "reply_markup" not in answer
    assert answer["text"].startswith("1. 第1句。\n开头。……结尾。\n第1篇\n2023-02-05")
    assert "2. " not in answer["text"]


def test_traditional_characters_are_a_choice_of_their_own(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        settings = telegram.reply_to(telegram.private("/settings")).result
        traditional = press(telegram, settings, "繁體字")
        answer = telegram.reply_to(telegram.private("发票")).result
        back = press(telegram, traditional, "繁體字")
    assert labels(traditional)[:2] == [["語言：繁體中文"], ["繁體字：開"]]
    assert answer["text"].startswith("2021年，廣東給287萬戶次納稅人自動發放了發票。")
    assert labels(back)[:2] == [["语言：自动"], ["繁體字：关"]]


def test_group_settings_are_for_its_admins(telegram: TelegramServer) -> None:
    telegram.members[GROUP["id"], ALICE["id"]] = "administrator"
    with RunningBot(telegram):
        refused = telegram.reply_to(telegram.group("/settings", sender=BOB))
        settings = telegram.reply_to(telegram.group("/settings")).result
        call = acknowledged(
            telegram, telegram.press(settings, data(settings, "谁可以"), sender=BOB)
        )
        changed = press(telegram, settings, "谁可以")
        telegram.group("/ask 小鲍问", sender=BOB)
        telegram.reply_to(telegram.group("/ask 小林问"))
        telegram.settled()
    assert refused.result["text"] == ZH.settings_admins
    assert call["text"] == ZH.settings_admins
    assert labels(changed)[4] == ["谁可以提问：管理员"]
    assert len(telegram.called("sendMessage")) == 3
    asked = [call["user_id"] for call in telegram.called("getChatMember")]
    assert sorted(asked) == [ALICE["id"], BOB["id"]]  # each once: it is remembered


def test_an_anonymous_admin_may_set_and_ask(telegram: TelegramServer) -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    with RunningBot(telegram):
        settings = telegram.reply_to(
            telegram.group("/settings", sender=anonymous, sender_chat=GROUP)
        )
    assert labels(settings.result)[0] == ["语言：自动"]
    assert telegram.called("getChatMember") == []


def test_a_group_may_want_plain_questions_answered(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with ChatStore(db) as store:
        store.settings.change(FORUM["id"], plain_questions=True)
    with RunningBot(telegram, db=db):
        telegram.topic("留抵退税是什么？", thread=5)
        telegram.topic("我也不知道", thread=5)
        talk = telegram.message(FORUM, BOB, "吃了吗")
        telegram.topic("你呢？", reply_to_message=talk, is_topic_message=False)
        telegram.group("这里没有打开？")
        telegram.reply_to(telegram.private("问题"))
    texts = [call["chat_id"] for call in telegram.called("sendMessage")]
    assert sorted(texts) == [FORUM["id"], ALICE["id"]]


def test_in_quiet_hours_a_group_isnt_answered(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "taxnews.db"
    with ChatStore(db) as store:
        store.settings.change(GROUP["id"], quiet=(0, 24))
    with RunningBot(telegram, db=db):
        telegram.group("/ask 问题")
        telegram.reply_to(telegram.private("问题"))
    assert len(telegram.called("sendMessage")) == 1


def test_too_many_questions_get_one_polite_notice(telegram: TelegramServer) -> None:
    with RunningBot(telegram, user_rate=2, chat_rate=3):
        mine = [telegram.group(f"/ask 第{i}问") for i in range(5)]
        telegram.reply_to(mine[2])
        theirs = [telegram.group(f"/ask 第{i}问", sender=BOB) for i in range(3)]
        telegram.reply_to(theirs[1])
        telegram.reply_to(telegram.private("别处", sender={**BOB, "id": 77}))
    replies = [telegram.replies_to(question) for question in [*mine, *theirs]]
    assert [len(r) for r in replies] == [1, 1, 1, 0, 0, 1, 1, 0]
    assert replies[2][0].result["text"] == ZH.too_many
    assert replies[6][0].result["text"] == ZH.too_many_chat


# --- coming, going, moving ---------------------------------------------------------------------


def test_added_to_a_group_it_greets_once_and_removed_it_forgets(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        telegram.membership(GROUP, "left", "member")
        greeting = telegram.wait("sendMessage")[0]
        telegram.membership(GROUP, "member", "administrator")
        telegram.membership(GROUP, "left", "member")
        telegram.membership(private_chat(ALICE), "kicked", "member")
        answer = telegram.reply_to(telegram.group("/ask 问题"))
        telegram.membership(GROUP, "administrator", "kicked")
        telegram.reply_to(telegram.private("问题"))
        telegram.settled()
    assert greeting["chat_id"] == GROUP["id"]
    assert "@taxnews_bot" in greeting.result["text"]
    assert len(telegram.called("sendMessage")) == 3
    with ChatStore(db) as store:
        assert store.replies.shown(GROUP["id"], answer.result["message_id"]) is None
        assert store.settings.greet(GROUP["id"])


@pytest.mark.parametrize("is_added_first", [False, True])
def test_a_group_that_becomes_a_supergroup_keeps_settings_and_buttons(
    telegram: TelegramServer, tmp_path: Path, is_added_first: bool
) -> None:
    db = tmp_path / "taxnews.db"
    small = {"id": -55, "type": "group", "title": "小群"}
    with ChatStore(db) as store:
        store.settings.change(-55, language="en")
    with RunningBot(telegram, db=db, ask=several):
        answer = telegram.reply_to(telegram.group("/ask 问题", chat=small)).result
        if is_added_first:
            telegram.membership(GROUP, "left", "member")
            telegram.settled()
        telegram.group(chat=small, migrate_to_chat_id=GROUP["id"])
        telegram.group(chat=GROUP, migrate_from_chat_id=-55)
        moved = answer | {"chat": GROUP}
        telegram.messages[GROUP["id"], answer["message_id"]] = moved
        after = press(telegram, moved, "Next")
    assert after["text"].startswith("第2句。")
    with ChatStore(db) as store:
        assert store.settings.of(GROUP["id"]).language == "en"
        assert store.settings.of(-55).language is None


def test_a_reply_to_a_group_that_has_just_moved_follows_it(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    small = {"id": -55, "type": "group", "title": "小群"}
    with RunningBot(telegram):
        question = telegram.message(small, ALICE, "/ask 问题")
        telegram.chats[-55]["migrated_to"] = GROUP["id"]
        telegram.push("message", question)
        sent = telegram.wait("sendMessage")[0]
    assert sent["chat_id"] == GROUP["id"]


def test_all_alternatives_are_listed_on_one_tap_and_one_of_them_chosen(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram, ask=several):
        first = telegram.reply_to(telegram.private("问题")).result
        listed = press(telegram, first, "☰")
        third = press(telegram, listed, "3")
    assert listed["text"] == (
        "共找到 3 条\n\n"
        "1. 第1句。\n第1篇\n2023年2月5日 · 中国税务报\n\n"
        "2. 第2句。\n第2篇\n2023年2月5日 · 中国税务报\n\n"
        "3. 第3句。\n第3篇\n2023年2月5日 · 中国税务报"
    )
    assert labels(listed) == [["1", "2", "3"]]
    assert third["text"].startswith("第3句。")


# --- no answer ----------------------------------------------------------------------------


def test_a_question_without_an_answer_is_watched_by_a_tap(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, ask=not_found, db=db):
        asked = telegram.private("火星上的税怎么收？")
        none = telegram.reply_to(asked).result
        telegram.press(none, data(none, "🔔"))
        told = telegram.wait("sendMessage", 2)[-1].result
        again = acknowledged(telegram, telegram.press(none, data(none, "🔔")))
        telegram.settled()
    assert again["text"] == ZH.watch_known
    assert len(telegram.called("sendMessage")) == 2
    assert labels(none) == [[ZH.watch_question_button, ZH.rephrase_button]]
    assert told["text"] == ZH.watch_saved.format(query="火星上的税怎么收")
    kept = ChatStore(db).subscriptions.queries.of(Audience(ALICE["id"], 0, True))
    assert [watch.query for watch in kept] == ["火星上的税怎么收"]


def test_in_a_group_only_an_admin_watches_by_a_tap(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=not_found):
        none = telegram.reply_to(telegram.group("@taxnews_bot 火星上的税", sender=BOB)).result
        query = telegram.press(none, data(none, "🔔"), sender=BOB)
        refused = acknowledged(telegram, query)
        telegram.settled()
    assert refused["text"] == ZH.settings_admins
    assert len(telegram.called("sendMessage")) == 1


def test_who_asks_in_other_words_is_told_what_helps_and_replies_to_that(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram, ask=not_found):
        none = telegram.reply_to(telegram.private("火星上的税")).result
        telegram.press(none, data(none, "✎"))
        how = telegram.wait("sendMessage", 2)[-1]
        again = telegram.private("2026年火星上的税", reply_to_message=how.result)
        reply = telegram.reply_to(again).result
    assert how.result["text"] == ZH.rephrase_how
    assert how["reply_markup"]["input_field_placeholder"] == ZH.rephrase_hint
    assert reply["text"].startswith(ZH.not_found)


def test_an_example_is_only_what_stands_on_a_button(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=not_found):
        none = telegram.reply_to(telegram.private("火星上的税")).result
        query = telegram.press(none, "e:0")
        told = acknowledged(telegram, query)
    assert told["text"] == ZH.too_old
