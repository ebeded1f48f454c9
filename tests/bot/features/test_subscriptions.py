"""`/watch`, `/watches` and `/digest` in every kind of chat."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from bot.features.schedules import next_time, parse_schedule
from bot.render.texts import TEXTS
from bot.storage.chats import ChatStore
from bot.storage.subscription_values import Audience
from corpus.store.values import Filters
from retrieval.question.filters import narrowed, with_full_place
from tests.support.newsroom import ALICES
from tests.support.running_bot import RunningBot
from tests.support.telegram_server import (
    ALICE,
    BOB,
    CHANNEL,
    FORUM,
    GROUP,
    Json,
    TelegramServer,
    buttons,
)

ZH = TEXTS["zh"]
PRIVATE = Audience(ALICE["id"], 0, True)


def kept(bot: RunningBot, audience: Audience) -> list[str]:
    with ChatStore(bot.db) as store:
        return [watch.query for watch in store.subscriptions.queries.of(audience)]


def answers(telegram: TelegramServer, *texts: str) -> list[str]:
    """What the bot replies to each of Alice's messages."""
    return [telegram.reply_to(telegram.private(text)).result["text"] for text in texts]


def test_queries_are_saved_as_they_are_typed(telegram: TelegramServer) -> None:
    typed = ["留抵退税　骗取", "<b>& 退稅", "地区:广东 分类：hgjj", "😀 2024年汇算"]
    with RunningBot(telegram) as bot:
        replies = answers(telegram, *(f"/watch {text}" for text in typed), "/watch 留抵退税 骗取")
        queries = kept(bot, PRIVATE)
    shown = ["留抵退税 骗取", "<b>& 退稅", "地区:广东 分类：hgjj", "😀 2024年汇算"]
    assert replies == [ZH.watch_saved.format(query=query) for query in [*shown, shown[0]]]
    assert queries == shown


@pytest.mark.parametrize("text", ["/watch", "/watch  ", "/watch 😀", "/watch 税", "/watch %"])
def test_what_names_nothing_is_not_saved(telegram: TelegramServer, text: str) -> None:
    with RunningBot(telegram) as bot:
        assert answers(telegram, text) == [ZH.watch_empty.format(category="宏观经济")]
        assert kept(bot, PRIVATE) == []


def test_too_long_unknown_and_too_many_queries_are_refused(telegram: TelegramServer) -> None:
    with RunningBot(telegram, user_rate=0) as bot:
        long, unknown = answers(telegram, f"/watch {'税' * 101}", "/watch 地区:火星 发票")
        answers(telegram, *(f"/watch 查询{i}" for i in range(20)))
        (many,) = answers(telegram, "/watch 再来一条")
        queries = kept(bot, PRIVATE)
    assert long == ZH.watch_long.format(limit=100)
    assert unknown == ZH.place_unknown.format(place="火星")
    assert many == ZH.watch_many.format(limit=20)
    assert queries == [f"查询{i}" for i in range(20)]


def test_watches_lists_the_queries_and_a_tap_removes_one(telegram: TelegramServer) -> None:
    with RunningBot(telegram) as bot:
        answers(telegram, "/watch 留抵退税", "/watch 研发费用 " + "加计" * 30)
        listed = telegram.reply_to(telegram.private("/watches")).result
        (first, second) = buttons(listed)
        telegram.press(listed, first[1])
        left = telegram.wait("editMessageText")[-1].result
        assert len(kept(bot, PRIVATE)) == 1
        telegram.press(left, second[1])
        none = telegram.wait("editMessageText", 2)[-1].result
        assert kept(bot, PRIVATE) == []
        assert answers(telegram, "/watches") == [ZH.watches_none]
    assert listed["text"] == ZH.watches_title
    assert first[0] == "✖ 留抵退税"
    assert (second[0][:9], second[0][-1]) == ("✖ 研发费用 加计", "…")
    assert buttons(left) == [second]
    assert (none["text"], buttons(none)) == (ZH.watches_none, [])


def test_nobody_removes_another_chats_queries(telegram: TelegramServer) -> None:
    with RunningBot(telegram) as bot:
        answers(telegram, "/watch 留抵退税")
        ours = telegram.reply_to(telegram.private("/watches")).result
        theirs = telegram.reply_to(telegram.private("/watches", sender=BOB)).result
        telegram.press(theirs, buttons(ours)[0][1], sender=BOB)
        telegram.wait("answerCallbackQuery")
        telegram.settled()
        assert kept(bot, PRIVATE) == ["留抵退税"]


def test_in_a_group_its_admins_decide(telegram: TelegramServer) -> None:
    telegram.members[GROUP["id"], ALICE["id"]] = "administrator"
    here = Audience(GROUP["id"], 0, False)
    with RunningBot(telegram) as bot:
        refused = [
            telegram.reply_to(telegram.group(text, sender=BOB)).result["text"]
            for text in ("/watch 留抵退税", "/digest 08:30", "/digest off")
        ]
        assert kept(bot, here) == []
        saved = telegram.reply_to(telegram.group("/watch@taxnews_bot 留抵退税")).result["text"]
        listed = telegram.reply_to(telegram.group("/watches", sender=BOB)).result
        query = telegram.press(listed, buttons(listed)[0][1], sender=BOB)
        telegram.wait("answerCallbackQuery")
        assert kept(bot, here) == ["留抵退税"]
        telegram.press(listed, buttons(listed)[0][1])
        telegram.wait("editMessageText")
        assert kept(bot, here) == []
    assert refused == [ZH.settings_admins] * 3
    assert saved == ZH.watch_saved.format(query="留抵退税")
    told = telegram.called("answerCallbackQuery")[0]
    assert (told["callback_query_id"], told["text"]) == (query, ZH.settings_admins)


def test_an_anonymous_admin_decides_for_the_group(telegram: TelegramServer) -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    with RunningBot(telegram) as bot:
        telegram.reply_to(telegram.group("/watch 发票", sender=anonymous, sender_chat=GROUP))
        assert kept(bot, Audience(GROUP["id"], 0, False)) == ["发票"]


def test_each_topic_has_queries_of_its_own(telegram: TelegramServer) -> None:
    telegram.members[FORUM["id"], ALICE["id"]] = "creator"
    with RunningBot(telegram) as bot:
        telegram.reply_to(telegram.topic("/watch 留抵退税", thread=5))
        telegram.reply_to(telegram.topic("/watch 发票", thread=6))
        listed = telegram.reply_to(telegram.topic("/watches", thread=6)).result
        assert kept(bot, Audience(FORUM["id"], 5, False)) == ["留抵退税"]
        assert kept(bot, Audience(FORUM["id"], 6, False)) == ["发票"]
    assert [text for text, _ in buttons(listed)] == ["✖ 发票"]
    assert listed["message_thread_id"] == 6


def test_in_a_channel_whoever_may_post_decides(telegram: TelegramServer) -> None:
    here = Audience(CHANNEL["id"], 0, False)
    with RunningBot(telegram) as bot:
        replies = [
            telegram.reply_to(telegram.channel_post(text)).result["text"]
            for text in ("/watch 分类:hgjj", "/WATCH@taxnews_bot 地区:广东", "/digest 周五 18:00")
        ]
        telegram.channel_post("/watch@other_bot 发票")
        telegram.channel_post("大家看 /watch 发票")
        listed = telegram.reply_to(telegram.channel_post("/watches")).result
        assert kept(bot, here) == ["分类:hgjj", "地区:广东"]
        telegram.press(listed, buttons(listed)[0][1], sender=BOB)  # a mere reader
        telegram.wait("answerCallbackQuery")
        assert kept(bot, here) == ["分类:hgjj", "地区:广东"]
        telegram.members[CHANNEL["id"], ALICE["id"]] = "administrator"
        telegram.press(listed, buttons(listed)[0][1])
        telegram.wait("editMessageText")
        assert kept(bot, here) == ["地区:广东"]
        assert len(telegram.called("sendMessage")) == 4
    assert replies[:2] == [ZH.watch_saved.format(query=q) for q in ("分类:hgjj", "地区:广东")]
    assert "18:00（北京时间）" in replies[2]


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("08:30", "08:30 每天"),
        ("8:05 每天", "8:05"),
        ("周日 23:59", "周日 23:59"),
        ("周一8:30", "周一 8:30"),
        ("每週三08:30關注", "周三 08:30 关注"),
        ("9:00每天", "09:00"),
        ("每天早上八点半", "08:30"),
        ("周五晚上9点15分", "周五 21:15"),
        ("每天晚上十二点", "00:00"),
        ("下午两点 关注", "14:00 关注"),
        ("二十点整", "20:00"),
        ("星期天　０７：００", "周日 07:00"),
        ("週一 09:00 分類:hgjj 關注", "周一 09:00 分类:hgjj 关注"),
        ("08:30 Asia/Tokyo 关注", "08:30 Asia/Tokyo 关注"),
        ("09:00 UTC", "09:00 UTC"),
        ("America/Argentina/Buenos_Aires 00:00", "America/Argentina/Buenos_Aires 00:00"),
    ],
)
def test_a_digest_is_set_and_its_first_time_told(
    telegram: TelegramServer, typed: str, understood: str
) -> None:
    before = datetime.now(timezone.utc)
    with RunningBot(telegram) as bot:
        (reply,) = answers(telegram, f"/digest {typed}")
        with ChatStore(bot.db) as store:
            (digest,) = store.subscriptions._db.query("SELECT * FROM bot_digests")
            kept = store.subscriptions.digests.of(ALICES)
    schedule = parse_schedule(understood)
    assert schedule == kept
    due = next_time(schedule, before)
    assert datetime.fromisoformat(digest["due"]) == due
    zone = schedule.zone
    told = ZH.zone_china if zone == "Asia/Shanghai" else zone
    when = f"{ZH.date.format(due.astimezone(ZoneInfo(zone)))} {due:%H:%M}（{told}）"
    assert reply == ZH.digest_set.format(when=when)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "明天",
        "24:00",
        "08:60",
        "周一108:30",
        "8:30 9:30",
        "8点多",
        "周八 08:30",
        "08:30 Mars/Base",
        "08:30 ../etc",
        "分类:",
    ],
)
def test_what_is_no_time_is_named_before_how_to_write_one(
    telegram: TelegramServer, typed: str
) -> None:
    with RunningBot(telegram) as bot:
        (reply,) = answers(telegram, f"/digest {typed}")
        with ChatStore(bot.db) as store:
            assert not list(store.subscriptions._db.query("SELECT * FROM bot_digests"))
    wrong = [ZH.digest_unclear.format(wanted=typed)] if typed else []
    assert reply == "\n".join([*wrong, ZH.digest_how.format(category="宏观经济")])


def test_a_digest_is_changed_and_ended(telegram: TelegramServer) -> None:
    with RunningBot(telegram) as bot:
        answers(telegram, "/digest 08:30", "/digest 09:45 关注")
        with ChatStore(bot.db) as store:
            kept = store.subscriptions.digests.of(ALICES)
        ended = answers(telegram, "/digest OFF", "/digest 取消")
        with ChatStore(bot.db) as store:
            assert not list(store.subscriptions._db.query("SELECT * FROM bot_digests"))
    assert kept == parse_schedule("09:45 关注")
    assert ended == [ZH.digest_off] * 2


def test_the_digest_that_is_set_is_told_before_how_to_set_one(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        answers(telegram, "/digest 周一 8:30 关注 Asia/Tokyo")
        (weekly,) = answers(telegram, "/digest")
        answers(telegram, "/digest 09:45")
        (daily,) = answers(telegram, "/digest")
    now, how = ZH.digest_now, ZH.digest_how.format(category="宏观经济")
    assert weekly == f"{now.format(schedule='每周一 08:30（Asia/Tokyo） 关注')}\n\n{how}"
    assert daily == f"{now.format(schedule='每天 09:45（北京时间）')}\n\n{how}"


def test_an_english_reader_is_told_of_a_weekly_digest_in_english(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        telegram.reply_to(telegram.private("/digest 周一 8:30", sender=BOB))
        told = telegram.reply_to(telegram.private("/digest", sender=BOB)).result["text"]
    assert told.startswith("The digest as it is set: every Monday at 08:30 (China time)\n")


def test_a_channels_and_a_topics_digest_are_their_own(telegram: TelegramServer) -> None:
    telegram.members[FORUM["id"], ALICE["id"]] = "creator"
    with RunningBot(telegram) as bot:
        telegram.reply_to(telegram.topic("/digest 08:30", thread=5))
        telegram.reply_to(telegram.topic("/digest off", thread=6))
        telegram.reply_to(telegram.channel_post("/digest 18:00"))
        with ChatStore(bot.db) as store:
            rows = list(store.subscriptions._db.query("SELECT chat, thread FROM bot_digests"))
    assert sorted((row["chat"], row["thread"]) for row in rows) == sorted(
        [(FORUM["id"], 5), (CHANNEL["id"], 0)]
    )


def test_a_group_that_becomes_a_supergroup_keeps_queries_and_digest(
    telegram: TelegramServer,
) -> None:
    old: Json = {"id": -77, "type": "group", "title": "小群"}
    new = -1007700
    telegram.members[old["id"], ALICE["id"]] = "creator"
    with RunningBot(telegram) as bot:
        telegram.reply_to(telegram.group("/watch 留抵退税", chat=old))
        telegram.reply_to(telegram.group("/digest 08:30", chat=old))
        telegram.group(None, chat=old, migrate_to_chat_id=new)
        telegram.settled()
        telegram.until(lambda: kept(bot, Audience(new, 0, False)) == ["留抵退税"])
        with ChatStore(bot.db) as store:
            rows = list(store.subscriptions._db.query("SELECT chat FROM bot_digests"))
    assert [row["chat"] for row in rows] == [new]


def test_a_querys_filters_are_told_from_its_words() -> None:
    assert narrowed("2024年 骗取 地區：廣東 来源:税务报") == (
        "2024年 骗取",
        Filters(source="税务报", place="广东"),
    )
    assert narrowed("分类: hgjj") == ("分类: hgjj", Filters())
    assert with_full_place(Filters(place="广东")) == Filters(place="广东省")
    assert with_full_place(Filters(category="hgjj")) == Filters(category="hgjj")
    assert with_full_place(Filters(place="火星")) is None
