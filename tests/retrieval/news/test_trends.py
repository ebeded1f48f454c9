"""Mentions a month: counted as one would by hand, drawn, sent once."""

import json
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.service import MOST_QUEUED
from bot.render import charts
from bot.render.charts import ChartsMissing, trend_picture
from bot.render.statistics import trend_caption
from bot.render.texts import EN, ZH
from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.index_sync import catch_up, open_index
from retrieval.news.trends import MOST_MONTHS, Line, Trend, subjects_in, trend
from retrieval.text.analyzer import normalise
from tests.conftest import ROOT, Run
from tests.support.running_bot import RunningBot, library_of, several
from tests.support.telegram_server import ALICE, BOB, GROUP, Fault, TelegramServer

NOW = datetime(2026, 11, 24, 3, tzinfo=timezone.utc)


def post(id_: int, month: str | None, title: str, *texts: str, heading: str | None = None) -> Post:
    published = datetime.fromisoformat(f"{month}-15T12:00:00").astimezone(CHINA) if month else None
    paragraphs = tuple(Paragraph(heading, text) for text in texts)
    return Post(str(id_), title, published, "hgjj", (), "青溪税报", None, paragraphs)


def counted(folder: Path, posts: list[Post], *subjects: str, now: datetime = NOW) -> Trend:
    with Store.open(folder / "a.db", create=True) as store:
        with store.transaction():
            store.write([Reading(p.id, p.id, p, 0) for p in posts])
        catch_up(store)
        with open_index(store.path, read_only=True) as index:
            return trend(store, index, subjects_in(" ".join(subjects)), now)


def test_a_post_counts_once_for_its_title_its_headings_and_its_text(tmp_path: Path) -> None:
    posts = [
        post(1, "2024-01", "骗取留抵退税案", "无关。", "无关。"),
        post(2, "2024-01", "题", "留抵退税，留抵退税。", "还是留抵退税。"),
        post(3, "2024-03", "题", "正文。", heading="留抵退税的条件"),
        post(4, "2024-03", "题", "留抵。退税。抵退。留抵，退税"),  # all the pairs, not in a row
        post(5, None, "留抵退税没有日期", "正文。"),
        post(6, "2025-05", "留抵退税在将来", "正文。"),
    ]
    found = counted(tmp_path, posts, "留抵退税", "没有的词", now=NOW.replace(year=2024))
    assert found == Trend(
        ((2024, 1), (2024, 2), (2024, 3)),
        (Line("留抵退税", (2, 0, 1), undated=1, outside=1), Line("没有的词", (0, 0, 0), 0, 0)),
        goes_on=False,
    )


def test_script_and_width_make_no_difference(tmp_path: Path) -> None:
    posts = [
        post(1, "2026-11", "騙稅案", "１０００万元的增值稅發票。"),
        post(2, "2026-11", "题", "骗税1,000万元，增值税发票"),
    ]
    found = counted(tmp_path, posts, "骗税", "一千万元", "增值税发票", "騙税")
    assert [(line.subject, line.counts) for line in found.lines] == [
        ("骗税", (2,)),
        ("一千万元", (2,)),
        ("增值税发票", (2,)),
    ]
    assert found.goes_on


def test_only_the_last_ten_years_are_shown_and_the_rest_is_said(tmp_path: Path) -> None:
    posts = [post(1, "1990-01", "骗税", "旧。"), post(2, "2026-11", "骗税", "新。")]
    found = counted(tmp_path, posts, "骗税")
    assert len(found.months) == MOST_MONTHS
    assert (found.months[0], found.months[-1]) == ((2016, 12), (2026, 11))
    assert (found.lines[0].total, found.lines[0].outside) == (1, 1)
    assert ZH.trend_outside.format(count=1) in trend_caption(found, ZH)


def test_this_month_is_chinas(tmp_path: Path) -> None:
    new_year = datetime(2025, 12, 31, 16, 30, tzinfo=timezone.utc)  # in China 2026 has begun
    assert counted(tmp_path, [post(1, "2026-01", "骗税", "文")], "骗税", now=new_year).goes_on


_WORDS = st.text(alphabet="税局退骗抵a1％%。 臺", min_size=1, max_size=8)


@settings(max_examples=25)
@given(
    texts=st.lists(st.tuples(_WORDS, st.lists(_WORDS, min_size=1, max_size=3)), max_size=6),
    subject=st.text(alphabet="税局退骗抵臺", min_size=2, max_size=4),
)
def test_a_mention_is_what_a_search_of_every_text_finds(
    texts: list[tuple[str, list[str]]], subject: str
) -> None:
    posts = [post(n, "2026-05", title, *below) for n, (title, below) in enumerate(texts)]
    form = normalise(subject)
    expected = sum(
        any(form in normalise(text) for text in (p.title or "", *(x.text for x in p.paragraphs)))
        for p in posts
    )
    with tempfile.TemporaryDirectory() as folder:
        found = counted(Path(folder), posts, subject)
    assert found.lines[0].total == expected


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("留抵退税 骗税", ["留抵退税", "骗税"]),
        ("留抵退税、骗税，騙稅；骗税", ["留抵退税", "骗税"]),
        ("税 ？ 🙂 　", []),
        ("５％ 《公告》", ["５％", "《公告》"]),
        ("", []),
    ],
)
def test_subjects_are_parted_and_stand_once(text: str, subjects: list[str]) -> None:
    assert subjects_in(text) == subjects


# --- drawn --------------------------------------------------------------------------------


def of(*lines: Line, goes_on: bool = False, last: int = 2026 * 12 + 10) -> Trend:
    size = len(lines[0].counts)
    months = tuple((at // 12, at % 12 + 1) for at in range(last - size + 1, last + 1))
    return Trend(months, lines, goes_on)


FULL = tuple(
    Line("增值税专用发票虚开团伙案件移送机制建设"[:20], tuple(range(n, n + 120)), 0, 0)
    for n in range(5)
)


@pytest.mark.parametrize(
    "drawn",
    [
        of(Line("骗税", (3,), 0, 0)),
        of(Line("骗税", (0,), 0, 0), goes_on=True),
        of(Line("骗税", (3, 5), 0, 0), goes_on=True),
        of(*FULL, goes_on=True),
        of(Line("$x_1$ <b>😀龘𠮷&", (1, 0, 2), 0, 0)),
    ],
    ids=["one month", "one open month", "two months", "ten years, five subjects", "awkward"],
)
def test_a_trend_is_drawn_as_wide_as_a_phone_shows_it(drawn: Trend) -> None:
    picture = trend_picture(drawn, ZH)
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert width == 1080
    assert 800 < height < 1300


def test_chinese_labels_have_glyphs(recwarn: pytest.WarningsRecorder) -> None:
    """matplotlib warns of every character for which it draws an empty box."""
    _, shown = charts.font()
    said = "".join(value for value in map(str, _words(ZH)))
    lacking = {c for c in said if ord(c) not in charts.glyphs(shown) and ord(c) < 0x2600}
    assert lacking - set("\n🔔📮↩◀▶✖") == set()
    trend_picture(of(Line("騙稅，龘😀", (1, 2), 0, 0)), ZH)
    assert [str(w.message) for w in recwarn] == []


def _words(texts: object) -> list[str]:
    return [getattr(texts, name) for name in texts.__slots__ if name.startswith("chart_")]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("missing", "said"),
    [(("matplotlib",), "an extra"), (("pylopdf_fonts_zh_cn",), "no font with Chinese")],
)
def test_what_is_missing_for_pictures_is_named(missing: tuple[str, ...], said: str) -> None:
    """In a process where it can't be imported, on a system without Chinese fonts."""
    code = (
        "import sys\n"
        f"for name in {missing!r}: sys.modules[name] = None\n"
        "from bot.render import charts\n"
        "charts._FAMILIES = ('DejaVu Sans',)\n"
        "try: charts.font()\n"
        "except charts.ChartsMissing as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert said in done.stdout
    assert "pip install '.[charts]'" in done.stdout


# --- in Telegram --------------------------------------------------------------------------


def test_a_trend_comes_as_a_picture_with_what_is_counted(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        reply = telegram.reply_to(telegram.private("/trend 留抵退税　骗税"))
    assert reply.method == "sendPhoto"
    assert reply.result["caption"] == (
        "每月有多少篇报道提到（标题、小标题或正文里有这个词）：\n"
        "留抵退税 8 篇、骗税 8 篇\n"
        "2026年9月至2026年11月\n"
        "本月还没过完，画成虚线。\n"
        "另有 2 篇没有日期，未计入。"
    )
    assert telegram.photos[reply.result["photo"][0]["file_id"]].startswith(b"\x89PNG")


def test_a_trend_stays_in_the_language_and_script_asked_for(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        english = telegram.reply_to(telegram.private("/trend 骗税", sender=BOB)).result["caption"]
        traditional = telegram.reply_to(telegram.group("/trend 騙稅 留抵退稅")).result["caption"]
    assert english.startswith("Posts a month that mention it")
    assert traditional.startswith("每月有多少篇報道提到")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("/trend", ZH.trend_empty),
        ("/trend 税 ？", ZH.trend_empty),
        ("/trend 甲乙 丙丁 戊己 庚辛 壬癸 子丑", ZH.trend_many.format(limit=5)),
        ("/trend " + "税" * 21, ZH.trend_long.format(limit=20)),
    ],
)
def test_what_cant_be_drawn_is_said(telegram: TelegramServer, asked: str, said: str) -> None:
    with RunningBot(telegram):
        reply = telegram.reply_to(telegram.private(asked))
    assert (reply.method, reply.result["text"]) == ("sendMessage", said)


def test_nothing_found_is_said_plainly(telegram: TelegramServer) -> None:
    nothing = of(Line("世界杯", (0, 0), 0, 0))
    library = library_of(several, trend=lambda subjects: nothing)
    with RunningBot(telegram, library=library):
        reply = telegram.reply_to(telegram.group("/trend 世界杯", chat=GROUP))
    assert reply.result["text"] == "2026年10月至2026年11月的报道里，没有一篇提到：世界杯"


def test_without_the_extra_the_figures_come_alone(
    telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*args: object) -> bytes:
        raise ChartsMissing("no font")

    monkeypatch.setattr(charts, "trend_picture", missing)
    with RunningBot(telegram):
        reply = telegram.reply_to(telegram.private("/trend 骗税"))
    assert reply.result["text"].startswith(f"{ZH.charts_missing}\n每月有多少篇报道提到")


def test_a_picture_that_arrived_is_not_sent_again(telegram: TelegramServer) -> None:
    telegram.fault("sendPhoto", Fault(status=429, description="Too Many Requests", retry_after=1))
    with RunningBot(telegram) as bot, bot.hurry(20):
        question = telegram.private("/trend 骗税")
        telegram.reply_to(question)
        telegram.push_again(max(telegram._pushed))
        telegram.settled()
        telegram.reply_to(telegram.private("问"))
        assert len(telegram.replies_to(question)) == 1


def test_pictures_wait_for_each_other_and_questions_for_none(telegram: TelegramServer) -> None:
    gate, at_once, most = threading.Event(), [0], [0]

    def slow(subjects: Sequence[str]) -> Trend:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        assert gate.wait(20)
        at_once[0] -= 1
        return of(Line("骗税", (0,), 0, 0))

    with RunningBot(telegram, library=library_of(several, trend=slow), user_rate=0):
        people = [ALICE | {"id": 4000 + n} for n in range(MOST_QUEUED + 1)]
        asked = [telegram.private("/trend 骗税", sender=person) for person in people]
        refused = telegram.reply_to(asked[-1]).result["text"]
        telegram.reply_to(telegram.private("问题"))
        gate.set()
        for question in asked[:-1]:
            telegram.reply_to(question)
    assert (refused, most) == (ZH.too_fast, [1])


# --- on the command line --------------------------------------------------------------------


def test_the_command_prints_a_table_and_writes_the_picture(
    taxnews: Run, sample_db: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "骗税.png"
    done = taxnews("trend", "留抵退税", "骗税", "--output", picture, "--db", sample_db)
    assert (done.returncode, done.stderr) == (0, "")
    assert "留抵退税" in done.stdout.splitlines()[0]
    assert picture.read_bytes().startswith(b"\x89PNG")
    row = json.loads(taxnews("trend", "骗税", "--json", "--db", sample_db).stdout)
    with Store.open(sample_db) as store:
        mentions = Counter(
            f"{story.post.published:%Y-%m}"
            for story in store.all_stories()
            if story.post.published
            and "骗税"
            in "\n".join([story.post.title or "", *(p.text for p in story.post.paragraphs)])
        )
    assert {m: n for m, n in row["subjects"]["骗税"]["months"].items() if n} == mentions


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["税"], "name one to 5 subjects"),
        (["甲乙", "丙丁", "戊己", "庚辛", "壬癸", "子丑"], "name one to 5 subjects"),
        (["税" * 21], "at most 20 characters"),
    ],
)
def test_the_command_says_what_it_cant_count(
    taxnews: Run, sample_db: Path, arguments: list[str], said: str
) -> None:
    done = taxnews("trend", *arguments, "--db", sample_db)
    assert done.returncode == 2
    assert said in done.stderr
    assert EN.not_found not in done.stdout
