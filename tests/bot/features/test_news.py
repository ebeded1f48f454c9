"""News on its way to the chats: alerts, their edits, digests; over restarts, refusals, quiet."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.clock import iso
from bot.features.alerts import MOST_LISTED, last_evening
from bot.features.schedules import parse_schedule
from bot.render.texts import TEXTS
from bot.storage.subscription_values import Audience, Schedule
from corpus.reading.posts import CHINA
from corpus.store.store import Store
from corpus.sync.ingest import ingest
from tests.support.newsroom import ALICES, Newsroom, start, write
from tests.support.running_bot import stop
from tests.support.telegram_server import ALICE, CHANNEL, FORUM, GROUP, Fault, TelegramServer

ZH = TEXTS["zh"]
IN_CHANNEL = Audience(CHANNEL["id"], 0, False)
WASH = (1, "洗车行补缴水资源税", "北京一家洗车行私自取用地下水，补缴水资源税十八万元。")
BATH = (2, "浴场补缴水资源税", "天津一家浴场抽取地热水多年，补缴水资源税六十万元，还被罚款。")
TEA = (3, "茶厂申报印花税", "福建一家茶厂第一次申报印花税，办税人员上门辅导。")


@pytest.fixture
def newsroom(telegram: TelegramServer, own_db: Path, tmp_path: Path) -> Newsroom:
    return Newsroom(telegram, own_db, tmp_path / "site")


@pytest.fixture
def alice_watches(newsroom: Newsroom) -> Iterator[Newsroom]:
    """The bot runs, and Alice watches for 水资源税."""
    newsroom.watch("水资源税")
    with newsroom.open():
        yield newsroom


def schedule(text: str) -> Schedule:
    parsed = parse_schedule(text)
    assert parsed is not None
    return parsed


# --- alerts ------------------------------------------------------------------------------


def test_an_alert_holds_query_passage_and_link(alice_watches: Newsroom) -> None:
    alice_watches.publish(WASH, TEA)
    alice_watches.settled()
    (call,) = alice_watches.telegram.called("sendMessage")
    assert call["chat_id"] == ALICE["id"]
    assert "reply_parameters" not in call.params
    text = call.result["text"]
    assert text.startswith("🔔 水资源税\n\n北京一家洗车行私自取用地下水")
    assert "📰 洗车行补缴水资源税" in text
    links = [e["url"] for e in call.result["entities"] if e["type"] == "text_link"]
    assert links == ["https://example.com/1"]


def test_several_posts_at_once_are_one_message_of_links(alice_watches: Newsroom) -> None:
    alice_watches.publish(WASH, BATH, TEA)
    alice_watches.settled()
    (text,) = alice_watches.sent()
    lines = text.splitlines()
    assert lines[0] == ZH.alerts_title.format(count=2)
    assert [line for line in lines if line[0].isdigit() and ". " in line] == [
        "1. 洗车行补缴水资源税",
        "2. 浴场补缴水资源税",
    ]


def test_a_post_that_answers_two_queries_of_a_chat_is_told_once(alice_watches: Newsroom) -> None:
    alice_watches.watch("洗车行")
    alice_watches.publish(WASH)
    alice_watches.settled()
    assert len(alice_watches.sent()) == 1


def test_what_came_before_a_query_was_saved_is_not_told(newsroom: Newsroom) -> None:
    newsroom.publish(WASH)
    with newsroom.open():
        newsroom.publish(BATH)
        newsroom.watch("水资源税")
        newsroom.publish(TEA)
        newsroom.settled()
    assert newsroom.sent() == []


def test_another_mediums_copy_of_a_text_is_told_once(alice_watches: Newsroom) -> None:
    alice_watches.publish(WASH)
    alice_watches.settled()
    copy = (4, "税务部门追缴水资源税", "本报讯　" + WASH[2])
    alice_watches.publish(copy, source="证券日报")
    alice_watches.settled()
    alice_watches.publish((5, "抄送", WASH[2]), (6, "抄送", WASH[2]), source="新华社")
    alice_watches.settled()
    assert len(alice_watches.sent()) == 1
    alice_watches.publish(BATH)
    alice_watches.settled()
    assert len(alice_watches.sent()) == 2


NOTICE = (
    21,
    "海州税务查处红杉石料有限公司偷逃水资源税案",
    "红杉石料有限公司少缴水资源税911.18万元。",
)
FEATURE = (22, "井口的秘密", "一口没有表的井，牵出一家石料厂少缴水资源税911.18万元的来龙去脉。")
COMMENT = (23, "取水也要守法", "石料厂偷逃水资源税911.18万元，教训深刻，同行当自查水表。")
VERDICT = (24, "石料厂水资源税案宣判", "偷逃水资源税911.18万元的石料厂主，一审被判处有期徒刑三年。")


def test_posts_of_one_story_are_one_entry_with_the_others(alice_watches: Newsroom) -> None:
    alice_watches.publish(NOTICE, FEATURE, COMMENT)
    alice_watches.settled()
    (call,) = alice_watches.telegram.called("sendMessage")
    text = call.result["text"]
    assert text.startswith("🔔 水资源税\n\n红杉石料有限公司少缴水资源税911.18万元。")
    assert text.endswith("另有 2 篇\n· 井口的秘密\n· 取水也要守法")


def test_the_others_of_a_story_stand_under_a_chats_template_too(alice_watches: Newsroom) -> None:
    with alice_watches.chats() as chats:
        chats.settings.change(ALICE["id"], template="▍{标题}")
    alice_watches.publish(NOTICE)
    alice_watches.settled()
    alice_watches.publish(FEATURE)
    alice_watches.settled()
    (edit,) = alice_watches.telegram.called("editMessageText")
    assert edit.result["text"] == f"▍{NOTICE[1]}\n\n另有 1 篇\n· {FEATURE[1]}"


def test_posts_that_a_template_makes_too_long_for_a_message_are_a_list(
    alice_watches: Newsroom,
) -> None:
    with alice_watches.chats() as chats:
        chats.settings.change(ALICE["id"], template="{标题}" * 60)
    posts = [
        (30 + i, f"{name}补缴水资源税" + name * 20, f"{name}的老板把{name * 9}的水资源税补缴了。")
        for i, name in enumerate(("澡堂", "泳池", "茶馆"))
    ]
    alice_watches.publish(*posts)
    alice_watches.settled()
    (text,) = alice_watches.sent()
    assert text.startswith(ZH.alerts_title.format(count=3))
    assert all(title in text for _, title, _ in posts)


def test_a_list_says_how_many_more_posts_tell_each_story(alice_watches: Newsroom) -> None:
    alice_watches.publish(NOTICE, FEATURE, WASH)
    alice_watches.settled()
    (call,) = alice_watches.telegram.called("sendMessage")
    text = call.result["text"]
    assert text.startswith("🔔 2 篇新报道符合你的关注")
    assert text.count("另有 1 篇") == 1


def test_a_later_post_of_a_told_story_joins_its_message(alice_watches: Newsroom) -> None:
    alice_watches.publish(NOTICE)
    alice_watches.settled()
    alice_watches.publish(FEATURE)
    alice_watches.settled()
    assert len(alice_watches.telegram.called("sendMessage")) == 1
    (edit,) = alice_watches.telegram.called("editMessageText")
    assert edit.result["text"].endswith("另有 1 篇\n· 井口的秘密")


def test_a_verdict_on_a_told_story_comes_as_a_reply_to_its_message(alice_watches: Newsroom) -> None:
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    alice_watches.publish(NOTICE, day=yesterday)
    alice_watches.settled()
    alice_watches.publish(VERDICT)
    alice_watches.settled()
    first, later = alice_watches.telegram.called("sendMessage")
    assert later.result["text"].startswith("🔔 后续：水资源税")
    assert "一审被判处有期徒刑三年" in later.result["text"]
    assert later.result["reply_to_message"]["message_id"] == first.result["message_id"]


def test_a_verdict_answers_the_message_of_an_event_whose_first_alert_is_kept_no_longer(
    alice_watches: Newsroom,
) -> None:
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    alice_watches.publish(NOTICE, day=yesterday)
    alice_watches.settled()
    alice_watches.publish(FEATURE, day=yesterday)
    alice_watches.settled()
    with closing(sqlite3.connect(alice_watches.db)) as db, db:
        db.execute("DELETE FROM bot_alerts WHERE event IS NULL")
    alice_watches.publish(VERDICT)
    alice_watches.settled()
    first, later = alice_watches.telegram.called("sendMessage")
    assert later.result["text"].startswith("🔔 后续：水资源税")
    assert later.result["reply_to_message"]["message_id"] == first.result["message_id"]


def test_a_verdict_on_an_event_that_the_chat_was_never_told_of_is_its_first_report(
    newsroom: Newsroom,
) -> None:
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    for query in ("水资源税", "判处有期徒刑"):
        newsroom.watch(query)
    with newsroom.open(alerts_a_day=1):
        newsroom.publish(WASH)
        newsroom.settled()
        newsroom.publish(NOTICE, day=yesterday)
        newsroom.settled(waiting=1)
        newsroom.publish(
            (
                25,
                "石料公司负责人获刑",
                "红杉石料有限公司逃税911.18万元，负责人被判处有期徒刑三年。",
            )
        )
        newsroom.settled(waiting=2)
    with newsroom.chats() as chats:
        assert chats.subscriptions.alerts.waiting()[1].is_update
        chats.subscriptions.queries.drop(ALICES, "水资源税")
    with newsroom.open():
        newsroom.settled()
    _, last = newsroom.sent()
    assert last.startswith("🔔 判处有期徒刑\n\n红杉石料有限公司逃税911.18万元")


def test_what_is_too_much_for_a_day_comes_as_one_list_in_the_evening(newsroom: Newsroom) -> None:
    newsroom.watch("水资源税")
    with newsroom.open(alerts_a_day=1):
        newsroom.publish(WASH)
        newsroom.settled()
        newsroom.publish(BATH)
        newsroom.settled(waiting=1)
        (call,) = newsroom.telegram.called("sendMessage")
        assert call.result["text"].endswith(ZH.alerts_rest.format(limit=1))
    yesterday = last_evening(datetime.now(timezone.utc)) - timedelta(hours=1)
    with closing(sqlite3.connect(newsroom.db)) as db, db:  # as if all of it were of yesterday
        for table in ("bot_alerts", "bot_dispatches"):
            db.execute(f"UPDATE {table} SET created = ?", (iso(yesterday),))
    with newsroom.open(alerts_a_day=1):
        newsroom.settled()
        _, call = newsroom.telegram.called("sendMessage")
        assert call.result["text"].startswith(ZH.alerts_evening.format(count=1) + "\n1. 浴场")


def test_a_story_that_was_not_wanted_goes_on_without_the_chat(alice_watches: Newsroom) -> None:
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    telegram = alice_watches.telegram
    alice_watches.publish(NOTICE, day=yesterday)
    alice_watches.settled()
    first = telegram.called("sendMessage")[0].result
    unwanted = first["reply_markup"]["inline_keyboard"][0][0]
    telegram.press(first, unwanted["callback_data"])
    assert telegram.wait("answerCallbackQuery")[0]["text"] == ZH.alert_noted
    alice_watches.publish(FEATURE, VERDICT)
    alice_watches.settled()
    alice_watches.publish(WASH)
    alice_watches.settled()
    assert ["洗车行" in text for text in alice_watches.sent()] == [False, True]
    assert telegram.called("editMessageText") == []


def test_a_list_names_every_story_over_several_messages(newsroom: Newsroom) -> None:
    count = 2 * MOST_LISTED + 5
    posts = [
        (100 + i, f"第{i}家澡堂", f"第{i}家澡堂的老板{chr(0x4E00 + 7 * i) * 9}补缴水资源税。")
        for i in range(count)
    ]
    newsroom.watch("水资源税")
    with newsroom.open(alerts_a_day=2):
        newsroom.publish(*posts)
        newsroom.settled()
        texts = newsroom.sent()
        title = ZH.alerts_title.format(count=count)
        parts = [(1, MOST_LISTED), (MOST_LISTED + 1, 2 * MOST_LISTED), (count - 4, count)]
        assert [text.splitlines()[0] for text in texts] == [
            ZH.alerts_part.format(title=title, first=first, last=last) for first, last in parts
        ]
        named = [line for text in texts for line in text.splitlines() if line[0].isdigit()]
        named = [line for line in named if ". " in line]
        assert [line.split(". ")[0] for line in named] == [str(i + 1) for i in range(count)]
        assert {line.split(". ")[1] for line in named} == {title for _, title, _ in posts}
        newsroom.publish(WASH)  # the list was one message of the two
        newsroom.settled()
        newsroom.publish((posts[64][0], "更正：第64家澡堂", posts[64][2]))
        newsroom.settled()
    last = newsroom.sent()[3]
    assert last.startswith("🔔 水资源税")
    assert last.endswith(ZH.alerts_rest.format(limit=2))
    (edit,) = newsroom.telegram.called("editMessageText")
    lines = edit.result["text"].splitlines()
    assert lines[0] == texts[2].splitlines()[0]
    assert f"{count}. 更正：第64家澡堂" in lines


def test_the_last_message_of_a_day_says_so_when_it_is_edited_too(newsroom: Newsroom) -> None:
    newsroom.watch("水资源税")
    with newsroom.open(alerts_a_day=1):
        newsroom.publish(NOTICE)
        newsroom.settled()
        newsroom.publish(FEATURE)
        newsroom.settled()
    (edit,) = newsroom.telegram.called("editMessageText")
    assert edit.result["text"].endswith(
        "另有 1 篇\n· 井口的秘密\n\n" + ZH.alerts_rest.format(limit=1)
    )


def test_a_story_whose_message_was_refused_is_told_with_its_next_post(
    alice_watches: Newsroom,
) -> None:
    refusal = Fault(status=400, description="Bad Request: TOPIC_CLOSED")
    alice_watches.telegram.fault("sendMessage", refusal)
    alice_watches.publish(NOTICE)
    alice_watches.settled()
    alice_watches.publish(FEATURE)
    alice_watches.settled()
    alice_watches.publish(COMMENT)
    alice_watches.settled()
    assert ["一口没有表的井" in text for text in alice_watches.sent()] == [True]
    (edit,) = alice_watches.telegram.called("editMessageText")
    assert edit.result["text"].endswith("另有 1 篇\n· 取水也要守法")


def test_what_a_story_comes_to_waits_for_its_first_message_and_answers_it(
    alice_watches: Newsroom,
) -> None:
    telegram = alice_watches.telegram
    telegram.fault("sendMessage", *[Fault(status=502)] * 50)
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    alice_watches.publish(NOTICE, day=yesterday)
    alice_watches.settled(unsent=1)
    alice_watches.publish(FEATURE, VERDICT)
    alice_watches.settled(unsent=1, waiting=2)
    telegram.heal()
    alice_watches.settled()
    first, later = telegram.called("sendMessage")
    assert later.result["reply_to_message"]["message_id"] == first.result["message_id"]
    (edit,) = telegram.called("editMessageText")
    assert edit.result["text"].endswith("另有 1 篇\n· 井口的秘密")


@pytest.mark.parametrize(
    ("moment", "evening"),
    [
        ("2026-03-02T19:59:59+08:00", "2026-03-01T20:00:00+08:00"),
        ("2026-03-02T20:00:00+08:00", "2026-03-02T20:00:00+08:00"),
        ("2026-03-02T20:30:00+00:00", "2026-03-02T20:00:00+08:00"),
    ],
)
def test_a_day_of_alerts_begins_in_the_evening_in_china(moment: str, evening: str) -> None:
    assert last_evening(datetime.fromisoformat(moment)) == datetime.fromisoformat(evening)


def test_in_quiet_hours_alerts_wait_and_then_come_as_one(alice_watches: Newsroom) -> None:
    with alice_watches.chats() as chats:
        chats.settings.change(ALICE["id"], quiet=(0, 24))
    alice_watches.publish(WASH)
    alice_watches.settled(waiting=1)
    alice_watches.publish(BATH)
    alice_watches.settled(waiting=2)
    assert alice_watches.sent() == []
    with alice_watches.chats() as chats:
        chats.settings.change(ALICE["id"], quiet=None)
    alice_watches.settled()
    (text,) = alice_watches.sent()
    assert text.startswith(ZH.alerts_title.format(count=2))


def test_a_topics_alert_goes_to_the_topic(newsroom: Newsroom) -> None:
    newsroom.watch("水资源税", Audience(FORUM["id"], 5, False))
    with newsroom.open():
        newsroom.publish(WASH)
        newsroom.settled()
    (call,) = newsroom.telegram.called("sendMessage")
    assert (call["chat_id"], call["message_thread_id"]) == (FORUM["id"], 5)


def test_a_chat_that_has_blocked_the_bot_is_let_go(alice_watches: Newsroom) -> None:
    alice_watches.telegram.blocked.add(ALICE["id"])
    alice_watches.digest_due(schedule("08:30"), ago=timedelta(days=-1))
    alice_watches.publish(WASH)
    alice_watches.settled()
    assert alice_watches.count("bot_saved_queries") == alice_watches.count("bot_digests") == 0
    alice_watches.telegram.blocked.clear()
    alice_watches.publish(BATH)
    alice_watches.settled()
    assert alice_watches.sent() == []


def test_a_topic_that_is_gone_is_let_go_and_its_chat_is_not(newsroom: Newsroom) -> None:
    gone, here = Audience(GROUP["id"], 9, False), Audience(GROUP["id"], 0, False)
    newsroom.watch("水资源税", gone)  # in a group without topics
    newsroom.watch("水资源税", here)
    with newsroom.open():
        newsroom.publish(WASH)
        newsroom.settled()
    assert len(newsroom.sent()) == 1
    with newsroom.chats() as chats:
        assert [watch.audience for watch in chats.subscriptions.queries.all()] == [here]


@pytest.mark.parametrize("refusal", ["TOPIC_CLOSED", "message to be replied not found"])
def test_a_topic_that_is_still_there_keeps_its_queries(newsroom: Newsroom, refusal: str) -> None:
    newsroom.watch("水资源税", Audience(FORUM["id"], 5, False))
    newsroom.telegram.fault("sendMessage", Fault(status=400, description=f"Bad Request: {refusal}"))
    with newsroom.open():
        newsroom.publish(WASH)
        newsroom.settled()
        newsroom.publish(BATH)
        newsroom.settled()
    assert ["浴场" in text for text in newsroom.sent()] == [True]


def test_an_alert_follows_a_group_that_has_become_a_supergroup(newsroom: Newsroom) -> None:
    old, new = -77, -1007700
    newsroom.watch("水资源税", Audience(old, 0, False))
    newsroom.digest_due(schedule("08:30"), Audience(old, 0, False), ago=timedelta(days=-1))
    newsroom.telegram.chats[old] = {"id": old, "type": "group", "migrated_to": new}
    newsroom.telegram.chats[new] = {"id": new, "type": "supergroup", "title": "大群"}
    with newsroom.open():
        newsroom.publish(WASH)
        newsroom.settled()
        newsroom.publish(BATH)
        newsroom.settled()
    assert [call["chat_id"] for call in newsroom.telegram.called("sendMessage")] == [new, new]
    with newsroom.chats() as chats:
        assert [watch.audience.chat for watch in chats.subscriptions.queries.all()] == [new]


# --- channels, categories and places -----------------------------------------------------


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("分类:hgjj", {"洗车行补缴水资源税", "深圳一茶厂偷税被罚"}),
        ("分类：HGJJ", set()),
        ("地区:广东", {"深圳一茶厂偷税被罚"}),
        ("地区:深圳市 分类:hgjj", {"深圳一茶厂偷税被罚"}),
        ("地区:深圳 水资源税", set()),
        ("偷税 地区:廣東", {"深圳一茶厂偷税被罚"}),
        ("来源:证券", {"央行开展逆回购"}),
        ("分类:emnews", {"央行开展逆回购"}),
    ],
)
def test_a_channel_gets_each_new_post_of_a_category_or_place(
    newsroom: Newsroom, query: str, told: set[str]
) -> None:
    newsroom.watch(query, IN_CHANNEL)
    with newsroom.open():
        newsroom.publish(WASH)
        newsroom.settled()
        newsroom.publish((7, "深圳一茶厂偷税被罚", "深圳市税务局查处了这家茶厂，它偷税九万元。"))
        newsroom.settled()
        flash = (8, "央行开展逆回购", "央行今日开展逆回购操作三百亿元。")
        newsroom.publish(flash, category="emnews", source="证券日报")
        newsroom.settled()
    calls = newsroom.telegram.called("sendMessage")
    titles = {line[2:] for c in calls for line in c.result["text"].splitlines() if "📰" in line}
    assert titles == told
    for call in calls:
        assert call["chat_id"] == CHANNEL["id"]
        assert call.result["text"].startswith(f"🔔 {query}\n\n")
        assert "reply_parameters" not in call.params


def test_a_restarted_bot_repeats_nothing_in_a_channel_and_edits_on(newsroom: Newsroom) -> None:
    newsroom.watch("分类:hgjj", IN_CHANNEL)
    with newsroom.open():
        newsroom.publish(WASH)
        newsroom.settled()
    with newsroom.open():
        newsroom.publish((1, WASH[1], WASH[2] + "更正：应为八十万元。"))
        newsroom.settled()
        newsroom.publish(BATH)
        newsroom.settled()
    sent = newsroom.telegram.called("sendMessage")
    assert [call["chat_id"] for call in sent] == [CHANNEL["id"]] * 2
    (edit,) = newsroom.telegram.called("editMessageText")
    assert edit["message_id"] == sent[0].result["message_id"]
    assert "更正：应为八十万元。" in edit.result["text"]


# --- edits ----------------------------------------------------------------------------------


def corrected(amount: str) -> tuple[int, str, str]:
    return 1, WASH[1], WASH[2].replace("十八万元", amount)


def test_an_alert_is_edited_when_its_post_changes_in_what_it_tells(
    alice_watches: Newsroom,
) -> None:
    alice_watches.publish(WASH)
    alice_watches.settled()
    alice_watches.publish(corrected("八十万元"))
    alice_watches.settled()
    alice_watches.publish(corrected("八十万元"), source="中国财经报")  # the line below it
    alice_watches.settled()
    edits = alice_watches.telegram.called("editMessageText")
    assert ["八十万元" in edit.result["text"] for edit in edits] == [True, True]
    assert "中国财经报" in edits[1].result["text"]
    assert len(alice_watches.sent()) == 1


def test_a_post_that_no_longer_answers_leaves_its_alert_as_it_is(alice_watches: Newsroom) -> None:
    alice_watches.publish(WASH)
    alice_watches.settled()
    alice_watches.publish((1, "撤稿", "本文已被撤回。"))
    alice_watches.settled()
    assert alice_watches.telegram.called("editMessageText") == []


def test_a_list_is_edited_when_a_title_in_it_changes(alice_watches: Newsroom) -> None:
    alice_watches.publish(WASH, BATH)
    alice_watches.settled()
    alice_watches.publish((1, "更正：洗车行补缴水资源税", WASH[2]))
    alice_watches.settled()
    (edit,) = alice_watches.telegram.called("editMessageText")
    assert "1. 更正：洗车行补缴水资源税" in edit.result["text"]
    assert "2. 浴场补缴水资源税" in edit.result["text"]


def test_an_alert_that_waits_is_sent_as_its_post_is_by_then(alice_watches: Newsroom) -> None:
    with alice_watches.chats() as chats:
        chats.settings.change(ALICE["id"], quiet=(0, 24))
    alice_watches.publish(WASH)
    alice_watches.settled(waiting=1)
    alice_watches.publish(corrected("八十万元"))
    alice_watches.settled(waiting=1)
    with alice_watches.chats() as chats:
        chats.settings.change(ALICE["id"], quiet=None)
    alice_watches.settled()
    (text,) = alice_watches.sent()
    assert "八十万元" in text
    assert alice_watches.telegram.called("editMessageText") == []


def test_of_two_edits_that_could_not_be_made_the_last_one_is(alice_watches: Newsroom) -> None:
    telegram = alice_watches.telegram
    alice_watches.publish(WASH)
    alice_watches.settled()
    telegram.fault("editMessageText", *[Fault(status=502)] * 50)
    alice_watches.publish(corrected("七万元"))
    telegram.until(lambda: any(call.method == "editMessageText" for call in telegram.calls))
    alice_watches.publish(corrected("八十万元"))
    alice_watches.settled(unsent=1)
    telegram.heal()
    alice_watches.settled()
    texts = [edit.result["text"] for edit in telegram.called("editMessageText")]
    assert "八十万元" in texts[-1]
    assert len(texts) <= 2


def test_an_edit_of_a_message_that_was_deleted_is_given_up(alice_watches: Newsroom) -> None:
    telegram = alice_watches.telegram
    alice_watches.publish(WASH)
    alice_watches.settled()
    telegram.messages.clear()
    alice_watches.publish(corrected("八十万元"))
    alice_watches.settled()
    tries = [call for call in telegram.calls if call.method == "editMessageText"]
    assert [call.ok for call in tries] == [False]
    assert len(alice_watches.sent()) == 1


def test_an_edit_in_a_group_that_has_moved_is_given_up(newsroom: Newsroom) -> None:
    old, new = -77, -1007700
    newsroom.watch("水资源税", Audience(old, 0, False))
    newsroom.telegram.chats[old] = {"id": old, "type": "group", "title": "小群"}
    with newsroom.open():
        newsroom.publish(WASH)
        newsroom.settled()
        newsroom.telegram.chats[old]["migrated_to"] = new
        newsroom.telegram.chats[new] = {"id": new, "type": "supergroup", "title": "大群"}
        newsroom.publish(corrected("八十万元"))
        newsroom.settled()
    assert newsroom.telegram.called("editMessageText") == []
    assert len(newsroom.sent()) == 1


# --- digests -----------------------------------------------------------------------------------


def digest_lines(text: str) -> tuple[str, list[str]]:
    """Its title, and the posts in it."""
    title, *lines = text.splitlines()
    return title, [line.split(". ", 1)[1] for line in lines if line[0].isdigit() and ". " in line]


def test_a_digest_lists_the_days_posts_the_most_important_first(newsroom: Newsroom) -> None:
    newsroom.publish(TEA, BATH)
    newsroom.publish(
        (9, "国务院常务会议部署减税", "会议部署新一轮减税三千亿元。"), source="中国政府网"
    )
    with newsroom.open():
        newsroom.digest_due(schedule("08:30"), ago=timedelta(seconds=-1))
        (call,) = newsroom.telegram.wait("sendMessage")
        newsroom.settled()
        newsroom.look_again()
    today = datetime.now(CHINA)
    assert digest_lines(call.result["text"]) == (
        ZH.digest_title.format(day=ZH.date.format(today)),
        ["国务院常务会议部署减税", "浴场补缴水资源税", "茶厂申报印花税"],
    )
    assert call["chat_id"] == ALICE["id"]
    assert len(newsroom.sent()) == 1


def test_digests_are_of_a_category_or_of_what_is_watched(newsroom: Newsroom) -> None:
    newsroom.watch("水资源税")
    newsroom.watch("地区:广东", IN_CHANNEL)
    newsroom.publish(WASH, TEA)
    newsroom.publish((7, "深圳一茶厂偷税被罚", "它偷税九万元。"), category="emnews")
    schedules = {
        ALICES: "08:30 关注",
        IN_CHANNEL: "08:30 关注",
        Audience(GROUP["id"], 0, False): "08:30 分类:emnews",
        Audience(FORUM["id"], 5, False): "08:30 分类:nothing",
    }
    with newsroom.open():
        for audience, text in schedules.items():
            newsroom.digest_due(schedule(text), audience, ago=timedelta(seconds=0))
        newsroom.telegram.wait("sendMessage", 3)
        newsroom.look_again()
    found = {
        call["chat_id"]: digest_lines(call.result["text"])[1]
        for call in newsroom.telegram.called("sendMessage")
    }
    assert found == {
        ALICE["id"]: ["洗车行补缴水资源税"],
        CHANNEL["id"]: ["深圳一茶厂偷税被罚"],
        GROUP["id"]: ["深圳一茶厂偷税被罚"],
    }


def test_a_weekly_digest_goes_back_a_week_and_a_daily_one_a_day(newsroom: Newsroom) -> None:
    now = datetime.now(timezone.utc)
    newsroom.publish(TEA, day=now - timedelta(days=4))
    newsroom.publish(WASH, day=now - timedelta(hours=3))
    weekday = "一二三四五六日"[(now.astimezone(CHINA)).weekday()]
    with newsroom.open():
        newsroom.digest_due(schedule("08:30"), ago=timedelta(0))
        newsroom.digest_due(schedule(f"周{weekday} 08:30"), IN_CHANNEL, ago=timedelta(0))
        newsroom.telegram.wait("sendMessage", 2)
    found = {
        call["chat_id"]: set(digest_lines(call.result["text"])[1])
        for call in newsroom.telegram.called("sendMessage")
    }
    assert found == {ALICE["id"]: {WASH[1]}, CHANNEL["id"]: {WASH[1], TEA[1]}}


def test_a_digest_holds_what_came_since_the_last_one_whatever_its_date(newsroom: Newsroom) -> None:
    now = datetime.now(timezone.utc)
    newsroom.publish(WASH, day=now - timedelta(hours=30))  # of yesterday, and told then
    with Store.open(newsroom.db) as store:
        store._db.execute("UPDATE arrivals SET at = ?", [(now - timedelta(hours=25)).isoformat()])
        store._db.conn.commit()
    newsroom.publish(TEA, day=now - timedelta(hours=30))  # of yesterday, and read today
    newsroom.publish(BATH, day=now - timedelta(hours=60))
    with newsroom.open():
        newsroom.digest_due(schedule("08:30"), ago=timedelta(0))
        newsroom.telegram.wait("sendMessage")
    assert [digest_lines(text)[1] for text in newsroom.sent()] == [[TEA[1]]]


@pytest.mark.parametrize(("hours", "sent"), [(5.9, 1), (6.1, 0)])
def test_a_digest_missed_while_the_bot_was_down_is_sent_within_six_hours(
    newsroom: Newsroom, hours: float, sent: int
) -> None:
    now = datetime.now(timezone.utc)
    newsroom.publish(TEA, day=now - timedelta(hours=10))
    with Store.open(newsroom.db) as store:
        store._db.execute("UPDATE arrivals SET at = ?", [(now - timedelta(hours=10)).isoformat()])
        store._db.conn.commit()
    newsroom.digest_due(schedule("08:30 UTC"), ago=timedelta(hours=hours))
    with newsroom.open(), newsroom.chats() as chats:
        newsroom.telegram.until(lambda: chats.subscriptions.digests.due() == [])
        newsroom.settled()
        (row,) = chats.subscriptions._db.query("SELECT due FROM bot_digests")
    assert len(newsroom.sent()) == sent
    due = datetime.fromisoformat(row["due"])
    assert now < due <= now + timedelta(days=1)
    assert (due.hour, due.minute) == (8, 30)


def test_a_digests_day_is_that_of_its_zone(newsroom: Newsroom) -> None:
    newsroom.publish(TEA)
    with newsroom.open():
        newsroom.digest_due(schedule("08:30 Pacific/Kiritimati"), ago=timedelta(0))
        newsroom.digest_due(schedule("08:30 Pacific/Niue"), IN_CHANNEL, ago=timedelta(0))
        newsroom.telegram.wait("sendMessage", 2)
    days = {text.splitlines()[0] for text in newsroom.sent()}
    assert len(days) == 2  # fourteen hours before UTC, eleven after


def test_a_digest_waits_out_quiet_hours_and_none_is_sent_once_it_is_off(newsroom: Newsroom) -> None:
    newsroom.publish(TEA)
    with newsroom.open():
        with newsroom.chats() as chats:
            chats.settings.change(ALICE["id"], quiet=(0, 24))
            chats.settings.change(CHANNEL["id"], quiet=(0, 24))
        newsroom.digest_due(schedule("08:30"), ago=timedelta(0))
        newsroom.digest_due(schedule("08:30"), IN_CHANNEL, ago=timedelta(0))
        newsroom.telegram.reply_to(newsroom.telegram.private("/digest off"))
        with newsroom.chats() as chats:
            chats.settings.change(ALICE["id"], quiet=None)
            chats.settings.change(CHANNEL["id"], quiet=None)
        newsroom.telegram.wait("sendMessage", 2)
        newsroom.look_again()
    chats_told = [call["chat_id"] for call in newsroom.telegram.called("sendMessage")]
    assert chats_told == [ALICE["id"], CHANNEL["id"]]
    assert newsroom.sent()[0] == ZH.digest_off


def test_an_edit_and_a_digest_that_were_on_their_way_are_made_once_over_a_kill(
    telegram: TelegramServer, own_db: Path, tmp_path: Path
) -> None:
    newsroom = Newsroom(telegram, own_db, tmp_path / "site")
    newsroom.watch("水资源税")
    process = start(telegram, own_db)
    try:
        newsroom.settled()
        newsroom.publish(WASH)
        newsroom.settled()
        methods = ("editMessageText", "sendMessage")
        for method in methods:
            telegram.fault(method, *[Fault(hang=600)] * 3)
        newsroom.digest_due(schedule("08:30"), IN_CHANNEL, ago=timedelta(0))
        newsroom.publish(corrected("八十万元"))
        newsroom.settled(unsent=2)
        hanging = lambda: [len(telegram._faults[method]) for method in methods]  # noqa: E731
        telegram.until(lambda: hanging() == [2, 2], what="both to be on their way")
        process.kill()
        process.wait()
        telegram.heal()
        process = start(telegram, own_db)
        newsroom.settled()
        newsroom.look_again()
    finally:
        stop(process)
    (edit,) = telegram.called("editMessageText")
    assert "八十万元" in edit.result["text"]
    alert, digest = telegram.called("sendMessage")
    assert (alert["chat_id"], digest["chat_id"]) == (ALICE["id"], CHANNEL["id"])
    assert digest_lines(digest.result["text"])[1] == [WASH[1]]


def test_what_is_no_post_any_more_is_not_told(alice_watches: Newsroom) -> None:
    write(alice_watches.site, *WASH)
    file = next(alice_watches.site.iterdir())
    with Store.open(alice_watches.db) as store:
        ingest(store, [file])
        store.forget([f"{202600000000000001}"])
    alice_watches.settled()
    assert alice_watches.sent() == []
