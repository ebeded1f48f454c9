"""Before a query is saved, the chat sees what it would bring."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.render.callbacks import Propose
from bot.render.texts import TEXTS
from bot.storage.subscription_values import Audience, Proposal
from corpus.reading.post_types import PostType
from retrieval.news.refining import narrower, wider
from tests.support.newsroom import ALICES, Newsroom
from tests.support.telegram_server import (
    ALICE,
    BOB,
    CHANNEL,
    GROUP,
    Json,
    TelegramServer,
    buttons,
)

ZH = TEXTS["zh"]
POSTS = (
    (1, "洗车行补缴水资源税", "北京一家洗车行私自取用地下水，补缴水资源税十八万元。"),
    (2, "水资源税下月起网上申报", "天津的取水户下月起可在网上申报水资源税。"),
)


@pytest.fixture
def newsroom(telegram: TelegramServer, own_db: Path, tmp_path: Path) -> Iterator[Newsroom]:
    room = Newsroom(telegram, own_db, tmp_path / "site")
    telegram.chats.setdefault(ALICE["id"], {"id": ALICE["id"], "type": "private"})
    with room.open():
        room.publish(*POSTS)
        yield room


def asked(newsroom: Newsroom, text: str) -> Json:
    """The reply to Alice."""
    return newsroom.telegram.reply_to(newsroom.telegram.private(text)).result


def pressed(newsroom: Newsroom, message: Json, label: str) -> Json:
    """The message as it is after a tap on a button."""
    before = len(newsroom.telegram.called("editMessageText"))
    data = next(data for text, data in buttons(message) if text.startswith(label))
    newsroom.telegram.press(message, data)
    return newsroom.telegram.wait("editMessageText", before + 1)[-1].result


def saved(newsroom: Newsroom, audience: Audience = ALICES) -> list[str]:
    with newsroom.chats() as chats:
        return [watch.query for watch in chats.subscriptions.queries.of(audience)]


def test_a_preview_tells_how_many_posts_match_and_names_them(newsroom: Newsroom) -> None:
    message = asked(newsroom, "/watch 水资源税")
    lines = message["text"].splitlines()
    assert lines[0] == ZH.watch_preview.format(query="水资源税", days=90, count=2)
    assert {"洗车行补缴水资源税", "水资源税下月起网上申报"} == {
        line[3:] for line in lines if line[:2] in ("1.", "2.")
    }
    assert [text for text, _ in buttons(message)] == ["✅ 保存", "收窄：水资源税 政策"]
    assert saved(newsroom) == []


def test_a_tap_saves_what_was_previewed_narrowed_or_widened(newsroom: Newsroom) -> None:
    message = asked(newsroom, "/watch 水资源税")
    message = pressed(newsroom, message, "收窄")
    assert message["text"].startswith(
        ZH.watch_preview.format(query="水资源税 政策", days=90, count=1)
    )
    message = pressed(newsroom, message, "✅")
    assert message["text"] == ZH.watch_saved.format(query="水资源税 政策")
    assert saved(newsroom) == ["水资源税 政策"]


def test_where_nothing_matches_a_wider_query_is_offered(newsroom: Newsroom) -> None:
    message = asked(newsroom, "/watch 水资源税 铁矿 新规")
    none = ZH.watch_preview_none.format(query="水资源税 铁矿 新规", days=90)
    assert message["text"] == f"{none}\n\n{ZH.watch_preview_fewer}"
    assert [text for text, _ in buttons(message)] == ["✅ 保存", "放宽：水资源税 铁矿"]


@pytest.mark.parametrize(
    ("query", "wide", "narrow"),
    [
        ("出口退税 新规", "出口退税", "出口退税 新规 类型:公告"),
        ("加油站 偷税", "加油站", "加油站 偷税 类型:案例"),
        ("留抵退税", None, "留抵退税 政策"),
        ("留抵退税 类型:案例", "留抵退税", None),
        ("地区:广东", None, None),
    ],
)
def test_queries_are_widened_and_narrowed_by_kind(
    query: str, wide: str | None, narrow: str | None
) -> None:
    assert (wider(query), narrower(query)) == (wide, narrow)


@pytest.mark.parametrize(
    ("query", "unwanted", "narrow"),
    [
        ("水资源税", "case", "水资源税 政策"),
        ("水资源税", "notice", "水资源税 类型:案例"),
        ("水资源税", "report", "水资源税 类型:公告"),
        ("水资源税 新规", "report", "水资源税 新规 类型:公告"),
        ("水资源税 新规", "notice", "水资源税 新规 类型:解读"),
        ("偷逃水资源税", "report", "偷逃水资源税 类型:案例"),
        ("偷逃水资源税", "case", None),
    ],
)
def test_a_query_is_narrowed_to_other_types_than_the_unwanted_one(
    query: str, unwanted: PostType, narrow: str | None
) -> None:
    assert narrower(query, unwanted) == narrow


def alerted(newsroom: Newsroom, number: int, title: str, text: str) -> Json:
    """The alert of a new post."""
    before = len(newsroom.telegram.called("sendMessage"))
    newsroom.publish((number, title, text))
    newsroom.settled()
    return newsroom.telegram.called("sendMessage")[before:][0].result


def test_a_tap_under_an_alert_ends_the_watch(newsroom: Newsroom) -> None:
    newsroom.watch("水资源税")
    message = alerted(newsroom, 3, "浴场的水资源税", "天津一家浴场补缴水资源税。")
    assert [text for text, _ in buttons(message)] == ["不是我要的", "取消关注"]
    newsroom.telegram.press(message, buttons(message)[1][1])
    (answer,) = newsroom.telegram.wait("answerCallbackQuery")
    assert answer["text"] == ZH.alert_ended.format(query="水资源税")
    assert saved(newsroom) == []


def test_after_two_alerts_of_a_type_that_were_not_wanted_a_narrower_query_replaces_it(
    newsroom: Newsroom,
) -> None:
    newsroom.watch("水资源税")
    first = alerted(newsroom, 3, "浴场的水资源税", "天津一家浴场补缴水资源税。")
    newsroom.telegram.press(first, buttons(first)[0][1])
    newsroom.telegram.wait("answerCallbackQuery", 1)
    second = alerted(newsroom, 4, "游泳馆的水资源税", "大连一家游泳馆装了水表，少缴水资源税。")
    sent = len(newsroom.telegram.called("sendMessage"))
    newsroom.telegram.press(second, buttons(second)[0][1])
    offer = newsroom.telegram.wait("sendMessage", sent + 1)[-1].result
    assert offer["text"].startswith(ZH.alert_narrow.format(query="水资源税", count=2))
    pressed(newsroom, offer, "✅")
    assert saved(newsroom) == ["水资源税 类型:公告"]
    # The old query is gone: what comes of its alerts is noted only.
    newsroom.telegram.press(first, buttons(first)[0][1])
    answer = newsroom.telegram.wait("answerCallbackQuery", 4)[-1]
    assert answer["text"] == ZH.alert_noted


@pytest.fixture
def evening(telegram: TelegramServer, own_db: Path, tmp_path: Path) -> Iterator[Newsroom]:
    """A newsroom where all but the first message of a day waits for the evening."""
    room = Newsroom(telegram, own_db, tmp_path / "site")
    with room.open(alerts_a_day=1):
        yield room


def waiting(newsroom: Newsroom) -> list[tuple[str, str, str]]:
    """What waits for the evening: the queries, the last digits of the posts, and the passages."""
    with newsroom.chats() as chats:
        alerts = chats.subscriptions.alerts.waiting()
    return sorted((alert.query, alert.post[-2:], alert.passage.text) for alert in alerts)


def test_what_waits_for_the_evening_goes_with_its_query_unless_it_answers_another(
    evening: Newsroom,
) -> None:
    evening.watch("水资源税")
    evening.watch("洗车行 水表")
    message = alerted(evening, 3, "浴场的水资源税", "天津一家浴场补缴水资源税。")
    evening.publish(
        (4, "游泳馆的水资源税", "大连一家游泳馆装了水表，少缴水资源税。"),
        (5, "洗车行的水资源税", "洗车行补缴水资源税。青岛的洗车行从此装了水表。"),
    )
    evening.settled(waiting=2)
    assert [(query, post) for query, post, _ in waiting(evening)] == [
        ("水资源税", "04"),
        ("水资源税", "05"),
    ]
    evening.telegram.press(message, buttons(message)[1][1])
    evening.settled(waiting=1)
    ((query, post, passage),) = waiting(evening)
    assert (query, post) == ("洗车行 水表", "05")
    assert "装了水表" in passage


def test_what_waits_answers_another_query_as_its_post_is_by_then(evening: Newsroom) -> None:
    evening.watch("水资源税")
    evening.watch("洗车行 水表")
    message = alerted(evening, 3, "浴场的水资源税", "天津一家浴场补缴水资源税。")
    wash = (5, "洗车行的水资源税", "洗车行补缴水资源税。青岛的洗车行从此装了水表。")
    evening.publish(wash)
    evening.settled(waiting=1)
    evening.publish((*wash[:2], "洗车行补缴水资源税。更正：潍坊的洗车行从此装了水表。"))
    evening.settled(waiting=1)
    evening.telegram.press(message, buttons(message)[1][1])
    evening.telegram.wait("answerCallbackQuery")
    evening.look_again(waiting=1)
    ((query, _, passage),) = waiting(evening)
    assert query == "洗车行 水表"
    assert "潍坊" in passage


def test_a_near_duplicate_is_told_if_what_it_copies_goes_with_its_query(
    evening: Newsroom,
) -> None:
    evening.watch("水资源税")
    evening.watch("水资源税 来源:税务快讯")
    message = alerted(evening, 3, "浴场的水资源税", "天津一家浴场补缴水资源税。")
    text = "大连一家游泳馆换了新的水表，两年少缴的水资源税由税务人员上门辅导补缴。"
    evening.publish((4, "游泳馆的水资源税", text))
    evening.settled(waiting=1)
    evening.publish((5, "大连游泳馆", text), source="税务快讯")
    evening.publish((6, "游泳馆", text), source="税务快讯")
    evening.settled(waiting=3)
    evening.telegram.press(message, buttons(message)[1][1])
    with evening.chats() as chats:
        alerts = chats.subscriptions.alerts
        evening.telegram.until(lambda: [a.copy_of is None for a in alerts.waiting()] == [1, 0])
        told, copy = alerts.waiting()
    assert (told.query, told.post[-2:]) == ("水资源税 来源:税务快讯", "05")
    assert (copy.post[-2:], copy.copy_of) == ("06", told.id)


def test_a_narrower_query_keeps_of_what_waits_what_it_matches(evening: Newsroom) -> None:
    evening.watch("水资源税")
    message = alerted(evening, 3, "浴场的水资源税", "天津一家浴场补缴水资源税。")
    evening.publish(
        (4, "查处一起偷逃水资源税案件", "大连一家游泳馆偷逃水资源税，被处罚款。"),
        (5, "关于水资源税征收办法的公告", "现就水资源税征收办法公告如下，自下月起施行。"),
    )
    evening.settled(waiting=2)
    with evening.chats() as chats:
        proposal = chats.subscriptions.queries.propose(
            Proposal(ALICES, "水资源税 类型:公告", "水资源税"), ALICE["id"]
        )
    evening.telegram.press(message, Propose("k", proposal).data)
    evening.settled(waiting=1)
    assert saved(evening) == ["水资源税 类型:公告"]
    assert [(query, post) for query, post, _ in waiting(evening)] == [("水资源税 类型:公告", "05")]


def test_a_query_that_takes_its_own_place_keeps_what_waits(evening: Newsroom) -> None:
    evening.watch("水资源税")
    message = alerted(evening, 3, "浴场的水资源税", "天津一家浴场补缴水资源税。")
    evening.publish((4, "游泳馆的水资源税", "大连一家游泳馆少缴水资源税。"))
    evening.settled(waiting=1)
    before = waiting(evening)
    with evening.chats() as chats:
        proposal = chats.subscriptions.queries.propose(
            Proposal(ALICES, "水资源税", "水资源税"), ALICE["id"]
        )
    evening.telegram.press(message, Propose("k", proposal).data)
    evening.telegram.wait("editMessageText")
    evening.look_again(waiting=1)
    assert waiting(evening) == before


@pytest.mark.parametrize("chat", [GROUP, CHANNEL], ids=["group", "channel"])
def test_under_an_alert_in_a_group_or_channel_only_its_admins_decide(
    newsroom: Newsroom, chat: Json
) -> None:
    here, telegram = Audience(chat["id"], 0, False), newsroom.telegram
    telegram.members[chat["id"], ALICE["id"]] = "administrator"
    newsroom.watch("水资源税", here)
    message = alerted(newsroom, 3, "浴场的水资源税", "天津一家浴场补缴水资源税。")
    assert [text for text, _ in buttons(message)] == ["不是我要的", "取消关注"]
    for _, data in buttons(message):
        telegram.press(message, data, sender=BOB)
    refused = telegram.wait("answerCallbackQuery", 2)
    assert {call["text"] for call in refused} == {ZH.settings_admins}
    assert all(call["show_alert"] for call in refused)
    assert (saved(newsroom, here), newsroom.count("bot_unwanted")) == (["水资源税"], 0)
    telegram.press(message, buttons(message)[0][1])
    assert telegram.wait("answerCallbackQuery", 3)[-1]["text"] == ZH.alert_noted
    telegram.press(message, buttons(message)[1][1])
    ended = telegram.wait("answerCallbackQuery", 4)[-1]
    assert ended["text"] == ZH.alert_ended.format(query="水资源税")
    assert (saved(newsroom, here), newsroom.count("bot_unwanted")) == ([], 1)


def test_a_channel_is_told_to_narrow_only_where_its_readers_dont_see_it(
    newsroom: Newsroom,
) -> None:
    telegram, here = newsroom.telegram, Audience(CHANNEL["id"], 0, False)
    telegram.members[CHANNEL["id"], ALICE["id"]] = "creator"
    newsroom.watch("水资源税", here)
    for number, place in ((3, "浴场"), (4, "游泳馆")):
        text = f"一家{place}换了新的水表，{place * 3}补缴水资源税。"
        message = alerted(newsroom, number, f"{place}的水资源税", text)
        telegram.press(message, buttons(message)[0][1])
    answer = telegram.wait("answerCallbackQuery", 2)[-1]
    narrow = "水资源税 类型:公告"
    expected = ZH.alert_narrow_here.format(query="水资源税", count=2, narrow=narrow)
    assert (answer["text"], answer["show_alert"]) == (expected, True)
    assert len(telegram.called("sendMessage")) == 2
