"""What is counted of questions: totals a day, subjects a week; and nothing about who asked."""

import json
import sqlite3
import threading
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import china_today
from bot.render.charts import usage_picture
from bot.render.statistics import ceiling, hot_text, trend_caption, usage_text
from bot.render.texts import EN, ZH
from bot.storage.chats import ChatStore
from bot.storage.usage import KEEP_DAYS, LATENCIES, LEAST_ASKERS, Day, Hot, percentile
from retrieval.index_sync import open_index
from retrieval.news.trends import Line, Trend
from retrieval.question.topics import subjects_of
from tests.conftest import Run
from tests.support.running_bot import RunningBot, found, not_found, several
from tests.support.telegram_server import ALICE, BOB, GROUP, TelegramServer

MONDAY = date(2026, 11, 23)
TODAY = MONDAY + timedelta(days=1)


# --- day by day -------------------------------------------------------------------------


def test_days_are_counted_over_restarts_and_those_between_are_there(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        chats.usage.searched(MONDAY - timedelta(days=1), 0.0121, answered=True)
        chats.usage.searched(MONDAY - timedelta(days=1), 0.5, answered=False)
    with ChatStore(tmp_path / "a.db") as chats:
        chats.usage.searched(MONDAY - timedelta(days=1), 3600, answered=False)
        chats.usage.held(TODAY, posts=7, paragraphs=9)
        chats.usage.held(TODAY, posts=8, paragraphs=11)
        assert chats.usage.days(TODAY) == [
            Day(MONDAY - timedelta(days=1), 3, 1, took={15: 1, 500: 1, LATENCIES[-1]: 1}),
            Day(MONDAY),
            Day(TODAY, posts=8, paragraphs=11, posts_before=7),
        ]


def test_days_are_kept_for_ninety_days(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        for ago in (KEEP_DAYS, KEEP_DAYS - 1, 0):
            chats.usage.searched(TODAY - timedelta(days=ago), 0.01, answered=True)
        assert len(chats.usage.days(TODAY)) == KEEP_DAYS
        chats.usage.purge(TODAY)
        rows = chats._db.execute("SELECT DISTINCT day FROM bot_days ORDER BY day").fetchall()
        assert rows == [("2026-08-27",), ("2026-11-24",)]


def test_a_voice_counts_once_and_a_change_of_mind_moves_it(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        reply = chats.replies.open(1, 1, 1, several("问题"))
        for liked in (True, True, False, False):
            chats.replies.rate(reply, 7, liked=liked)
        chats.replies.rate(reply, 8, liked=True)
        days = chats.usage.days(china_today() + timedelta(days=1))
        assert (sum(d.liked for d in days), sum(d.disliked for d in days)) == (1, 1)


@given(st.lists(st.floats(0.0001, 50), min_size=1, max_size=60), st.sampled_from([0.5, 0.95]))
def test_a_percentile_is_the_next_limit_above_the_true_one(
    seconds: list[float], share: float
) -> None:
    took = Counter(next(ms for ms in LATENCIES if 1000 * s <= ms) for s in seconds)
    rank = next(n for n in range(1, len(seconds) + 1) if n >= share * len(seconds) - 1e-9)
    true = 1000 * sorted(seconds)[rank - 1]
    assert percentile([Day(TODAY, took=took)], share) == next(ms for ms in LATENCIES if true <= ms)
    assert percentile([Day(TODAY)], share) is None


# --- about what ----------------------------------------------------------------------------


def test_a_subject_shows_once_five_people_asked_however_often(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        for user in range(1, LEAST_ASKERS):
            for _ in range(3):
                chats.usage.asked(TODAY, user, ["退税", "骗税"])
        assert chats.usage.hot(TODAY) == Hot(MONDAY, (), ())
        chats.usage.asked(TODAY, 99, ["退税"])
        assert chats.usage.hot(TODAY) == Hot(MONDAY, (("退税", 5),), ())


def test_after_the_week_the_counts_stay_and_salt_and_hashes_go(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        for user in range(7):
            chats.usage.asked(TODAY, user, ["退税"])
        chats.usage.asked(TODAY, 1, ["骗税"])
        before = chats._db.execute("SELECT salt FROM bot_week").fetchall()
        chats.usage.purge(MONDAY + timedelta(days=7))
        assert chats._db.execute("SELECT count(*) FROM bot_asked").fetchone() == (0,)
        assert chats._db.execute("SELECT salt FROM bot_week").fetchall() != before
        following = MONDAY + timedelta(days=7)
        assert chats.usage.hot(following) == Hot(following, (), (("退税", 7),))
        later = MONDAY + timedelta(days=21)
        assert chats.usage.hot(later) == Hot(later, (), ())
    for path in tmp_path.iterdir():
        assert before[0][0].encode() not in path.read_bytes()


def test_hashes_tell_neither_who_nor_that_one_asked_of_two_subjects(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        chats.usage.asked(TODAY, 512345678901, ["退税", "骗税"])
        (one,), (two,) = chats._db.execute("SELECT asker FROM bot_asked").fetchall()
        assert one != two
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        dump = "\n".join(db.iterdump())
    assert "512345678901" not in dump


def test_forgetting_someone_takes_them_out_of_the_counts(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        for user in range(1, 7):
            chats.usage.asked(china_today(), user, ["退税", "骗税"])
        assert chats.forget(1)["asked"] == 2
        assert chats.forget(1)["asked"] == 0
        rows = chats._db.execute("SELECT subject, count(*) FROM bot_asked GROUP BY subject")
        assert sorted(rows.fetchall()) == [("退税", 5), ("骗税", 5)]


@pytest.mark.parametrize(
    ("question", "subjects"),
    [
        ("骗取留抵退税会受什么处罚？", ("骗取留抵退税", "处罚")),
        ("騙稅怎麼罰", ("骗税",)),
        ("我公司青溪茶厂法人赖开锡，电话13812345678，偷税怎么办", ("偷税",)),
        ("张三丰的阴阳合同", ("阴阳合同",)),
        ("今天天气怎么样 🙂", ()),
        ("飞碟税外星票", ()),
        ("", ()),
    ],
)
def test_subjects_are_words_of_taxation_in_the_corpus_and_never_free_wording(
    sample_db: Path, question: str, subjects: tuple[str, ...]
) -> None:
    with open_index(sample_db, read_only=True) as index:
        assert subjects_of(question, index) == subjects


# --- in words and pictures -------------------------------------------------------------------


def test_hot_lists_both_weeks(tmp_path: Path) -> None:
    hot = Hot(MONDAY, (("退税", 12), ("骗税", 5)), (("发票", 1234),))
    assert hot_text(hot, ZH) == (
        "本周（11月23日起）被问得最多：\n1. 退税  12 人\n2. 骗税  5 人\n\n"
        "上周被问得最多：\n1. 发票  1,234 人"
    )
    assert hot_text(Hot(MONDAY, (), ()), ZH) == ZH.hot_none.format(least=5)


def test_usage_is_told_for_today_a_week_and_all_days() -> None:
    days = [Day(TODAY - timedelta(days=9 - n), 10, 8, 2, 1, 100 + n, 500, {10: 9, 60: 1})
            for n in range(9)]  # fmt: skip
    days.append(Day(TODAY, 0, 0, 0, 0, 120, 600))
    assert usage_text(days, ZH) == (
        "使用情况\n"
        "今天：0 个问题，– 有答案\n"
        "近 7 天：60 个问题，80% 有答案\n"
        "    👍 12  👎 6，67% 满意\n"
        "    检索用时：一半在 10 毫秒内，95% 在 60 毫秒内\n"
        "近 10 天：90 个问题，80% 有答案\n"
        "    👍 18  👎 9，67% 满意\n"
        "    检索用时：一半在 10 毫秒内，95% 在 60 毫秒内\n"
        "资料库：120 篇，600 段，10 天来增加 20 篇"
    )
    assert usage_text([Day(TODAY, posts=3, paragraphs=4)], ZH) == ZH.usage_none


def test_what_came_on_the_first_day_is_counted_too(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        chats.usage.searched(TODAY, 0.01, answered=True)
        chats.usage.held(TODAY, posts=48, paragraphs=200)
        chats.usage.held(TODAY, posts=52, paragraphs=220)
        told = usage_text(chats.usage.days(TODAY), ZH)
    assert told.splitlines()[-1] == "资料库：52 篇，220 段，1 天来增加 4 篇"


PEAK = (40, 42, 595, 38, 55, 41, 60, 39)


@pytest.mark.parametrize(
    ("counts", "limit"),
    [
        (PEAK, 60),
        ((40, 42, 595, 38, 300, 41, 60, 39), 60),
        ((40, 42, 100, 38, 55, 41, 60, 39), None),
        ((0, 0, 40, 0, 0, 0, 0, 0), None),
        ((1, 2, 8, 1, 2, 1, 2, 1), None),
        ((5, 595, 5), None),
    ],
)
def test_a_month_far_above_the_rest_is_cut_off_in_a_picture(
    counts: tuple[int, ...], limit: int | None
) -> None:
    assert ceiling(_trend(counts)) == limit


def test_a_month_that_is_cut_off_is_named_below_the_picture() -> None:
    assert ZH.trend_peaks.format(peaks="2026年5月 退税 595") in trend_caption(_trend(PEAK), ZH)


def _trend(counts: tuple[int, ...]) -> Trend:
    months = tuple((2026, 3 + at) for at in range(len(counts)))
    return Trend(months, (Line("退税", counts, undated=0, outside=0),), goes_on=False)


@pytest.mark.parametrize(
    "days",
    [
        [Day(TODAY, 1, 0)],
        [Day(TODAY - timedelta(days=n), n, n // 2, -1, 2, None, None, {3: n}) for n in range(90)],
    ],
    ids=["the first day", "ninety days, without sizes"],
)
def test_usage_is_drawn(days: list[Day]) -> None:
    assert usage_picture(days, ZH).startswith(b"\x89PNG")
    assert usage_picture(days, EN) != usage_picture(days, ZH)


# --- in Telegram --------------------------------------------------------------------------------


def test_an_operator_reads_the_figures_in_private_and_nobody_else(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram, ask=found, admins=frozenset({1001})) as bot:
        nobody = telegram.reply_to(telegram.private("/stats", sender=BOB)).result["text"]
        empty = telegram.reply_to(telegram.private("/stats")).result["text"]
        answer = telegram.reply_to(telegram.private("发票", sender=BOB)).result
        telegram.press(answer, answer["reply_markup"]["inline_keyboard"][-1][0]["callback_data"])
        telegram.wait("editMessageText")
        in_group = telegram.group("/stats", sender=ALICE)
        told = telegram.reply_to(telegram.private("/stats")).result
        telegram.settled()
        assert telegram.replies_to(in_group) == []
        assert bot.error is None
    assert nobody == EN.unknown_command
    assert empty == ZH.usage_none
    lines = told["caption"].splitlines()
    assert lines[:3] == ["使用情况", "今天：1 个问题，100% 有答案", "    👍 1  👎 0，100% 满意"]
    assert lines[-1] == "资料库：1,090 篇，12,345 段，1 天来增加 0 篇"
    assert telegram.photos[told["photo"][0]["file_id"]].startswith(b"\x89PNG")


def test_five_people_make_a_subject_hot_and_small_talk_none(telegram: TelegramServer) -> None:
    people = [ALICE | {"id": 2000 + n} for n in range(5)]
    with RunningBot(telegram, ask=not_found):
        for person in people[:4]:
            telegram.reply_to(telegram.private("发票怎么领", sender=person))
        anonymous = telegram.group(
            "/ask 发票",
            sender_chat=GROUP,
            sender={
                "id": 1087968824,
                "is_bot": True,
                "first_name": "Group",
                "username": "GroupAnonymousBot",
            },
        )
        telegram.reply_to(anonymous)
        before = telegram.reply_to(telegram.private("/hot")).result["text"]
        telegram.reply_to(telegram.private("退税和发票", sender=people[4]))
        after = telegram.reply_to(telegram.private("/hot")).result["text"]
    assert before == ZH.hot_none.format(least=5)
    assert after.splitlines()[1:] == ["1. 发票  5 人"]


def test_an_operator_can_have_nothing_counted(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    with RunningBot(telegram, db=db, hot=False):
        telegram.reply_to(telegram.private("发票"))
        assert telegram.reply_to(telegram.private("/hot")).result["text"] == ZH.hot_off
    with closing(sqlite3.connect(db)) as tables:
        assert tables.execute("SELECT count(*) FROM bot_asked").fetchone() == (0,)


# --- on the command line --------------------------------------------------------------------------


def test_usage_on_the_command_line(taxnews: Run, own_db: Path, tmp_path: Path) -> None:
    assert taxnews("usage", "--db", own_db).stdout == f"{EN.usage_none}\n"
    with ChatStore(own_db) as chats:
        chats.usage.searched(china_today(), 0.02, answered=True)
    picture = tmp_path / "usage.png"
    done = taxnews("usage", "--output", picture, "--db", own_db)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == EN.usage_title
    assert picture.read_bytes().startswith(b"\x89PNG")
    rows = [
        json.loads(line) for line in taxnews("usage", "--json", "--db", own_db).stdout.splitlines()
    ]
    assert [(row["questions"], row["answered"], row["took"]) for row in rows][:1] == [
        (1, 1, {"20": 1})
    ]
    missing = taxnews("usage", "--db", tmp_path / "none.db")
    assert (missing.returncode, missing.stderr.count("no database here")) == (2, 1)
    assert not (tmp_path / "none.db").exists()


def test_what_reads_before_it_writes_waits_for_others_that_write(tmp_path: Path) -> None:
    today, stop = date(2026, 1, 1), threading.Event()

    def write() -> None:
        with ChatStore(tmp_path / "a.db") as other:
            while not stop.is_set():
                other.settings.change(2, language="en")

    with ChatStore(tmp_path / "a.db") as store:
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for user in range(100):
                store.usage.asked(today, user, ["留抵退税"])
        finally:
            stop.set()
            writer.join()
        assert store.usage.hot(today).this_week == (("留抵退税", 100),)
