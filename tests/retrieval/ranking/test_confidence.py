"""How sure an answer is, and silence where none is sure enough."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from corpus.sync import workers
from corpus.sync.ingest import load_batch
from corpus.sync.workers import Workers, kept
from retrieval.answering.answerer import Answerer
from retrieval.answering.calibration import FILE, Made, calibration, learn
from retrieval.engine import opening
from retrieval.index import Index
from retrieval.index_sync import folder_of, open_index
from retrieval.ranking.confidence import learn as curve_of
from retrieval.ranking.confidence import uncalibrated
from retrieval.ranking.features import Averages

TOWNS = ("云岭", "霞浦湾", "石鼓镇", "柳塘", "青禾", "望江台")
TRADES = ("砖瓦厂", "药材行", "加油站", "皮革店", "苗圃")


def story(number: int, title: str, *texts: str) -> Post:
    return Post(
        id=str(number),
        title=title,
        published=None,
        category=None,
        tags=(),
        source=None,
        url=None,
        paragraphs=tuple(Paragraph(None, text) for text in texts),
    )


def town_stories() -> list[Post]:
    return [
        story(
            number,
            f"{town}{trade}隐匿收入被查处",
            f"{town}税务部门查处{town}{trade}偷税案件。经查，该店通过私人账户收款，少缴增值税{number}万元。",
            f"稽查局依法追缴税款，加收滞纳金，并处罚款{number + 3}万元。负责人已缴清全部款项。",
        )
        for number, (town, trade) in enumerate(product(TOWNS, TRADES), 11)
    ]


def put(db: Path, posts: Iterable[Post]) -> None:
    with Store.open(db, create=True) as store, store.transaction():
        store.write([Reading(post.id, post.id, post) for post in posts])


@contextmanager
def corpus_of(db: Path, posts: Iterable[Post]) -> Iterator[tuple[Store, Index, Answerer]]:
    put(db, posts)
    with (
        opening.opened_answerer(db) as answerer,
        Store.open(db) as store,
        open_index(db, read_only=True) as index,
    ):
        yield store, index, answerer


@pytest.mark.parametrize("company", ["顺丰", "三只羊", "拼多多", "抖音"])
def test_a_company_of_which_nothing_is_told_is_answered_by_no_other(
    sample_db: Path, company: str
) -> None:
    with opening.opened_answerer(sample_db) as answerer:
        assert answerer.ask("主播偷税罚了多少").passages
        assert answerer.ask(f"{company}偷税罚了多少").passages == ()


@pytest.mark.parametrize("person", ["王一博", "张翰", "肖战"])
def test_a_person_of_whom_nothing_is_told_is_answered_by_nobody_elses_case(
    sample_db: Path, person: str
) -> None:
    with opening.opened_answerer(sample_db) as answerer:
        told = answerer.ask("吴亦凡偷税被罚了多少")
        untold = answerer.ask(f"{person}偷税被罚了多少")
    assert told.passages
    assert untold.passages == ()


def test_what_a_post_tells_is_answered_and_what_none_tells_is_not(tmp_path: Path) -> None:
    with corpus_of(tmp_path / "a.db", town_stories()) as (_, _, answerer):
        told = answerer.ask("柳塘皮革店少缴了多少增值税")
        untold = answerer.ask("白鹭洲钢琴培训学校的学费补贴发放标准")
    assert told.passages[0].title == "柳塘皮革店隐匿收入被查处"
    assert told.confidence >= 0.5
    assert untold.confidence < 0.5
    assert untold.passages == ()


def test_a_company_that_no_post_names_is_not_answered_by_another(tmp_path: Path) -> None:
    with corpus_of(tmp_path / "a.db", town_stories()) as (_, _, answerer):
        answer = answerer.ask("鹤鸣山紫砂陶艺馆被罚了多少")
    assert answer.passages == ()
    assert answer.related
    assert answer.near == ()


def test_what_is_shown_as_related_says_more_than_half_of_the_question(tmp_path: Path) -> None:
    with corpus_of(tmp_path / "a.db", town_stories()) as (_, _, answerer):
        near = answerer.ask("云岭砖瓦厂偷税案的法官判了几年")
        far = answerer.ask("云岭的杂技团去哪里巡回演出")
    assert near.passages == far.passages == ()
    assert [related.title for related in near.near] == ["云岭砖瓦厂隐匿收入被查处"]
    assert far.near == ()


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ("杭州加油站偷税被查", "武汉加油站偷税多少"),
        ("范冰冰偷税被查", "邓伦偷税多少"),
    ],
)
def test_a_person_or_place_that_a_story_lacks_makes_it_less_sure(
    tmp_path: Path, named: str, asked: str
) -> None:
    posts = [*town_stories(), story(99, named, f"{named[:2]}一案少缴税款７２０万元。")]
    with corpus_of(tmp_path / "a.db", posts) as (store, index, _):
        answerer = Answerer(store, index, uncalibrated(learn(store, index).averages))
        its_own, unknown = (
            answerer.raw_score(answerer.read(text), answerer.rank(answerer.read(named)))
            for text in (asked.replace(asked[:2], named[:2]), asked)
        )
    assert its_own - unknown > 2


@pytest.mark.parametrize("asked", ["薇娅罚了多少", "邓伦补了多少", "郑爽罚多少", "吴亦凡罚多少钱"])
def test_what_was_done_is_no_part_of_the_name_before_it(sample_db: Path, asked: str) -> None:
    with opening.opened_answerer(sample_db) as answerer:
        passages = answerer.ask(asked).passages
        assert asked[:2] in passages[0].title
        terms = [
            concept.forms[0] for concept in answerer.read(asked).concepts if concept.part > 0.1
        ]
    assert not [term for term in terms if set(term) & set("罚补")]


def test_a_time_is_told_without_the_word_time(sample_db: Path) -> None:
    with opening.opened_answerer(sample_db) as answerer:
        question = answerer.read("个税汇算的时间是几月到几月？")
        hits = answerer.hits(question.text)
        assert "3月1日到6月30日" in hits[0].story.post.paragraphs[hits[0].position].text
        signals = answerer.signals(question, hits)
    assert signals is not None
    assert signals.missing_words == 0


@pytest.mark.parametrize("question", ["判了几年", "抓了多少人", "是哪天注销的"])
def test_a_story_that_tells_no_such_thing_as_is_asked_for_is_no_answer(
    tmp_path: Path, question: str
) -> None:
    verdict = story(
        99, "望江台苗圃一案宣判", "望江台苗圃负责人有期徒刑三年，2024年3月注销，抓获２人。"
    )
    with corpus_of(tmp_path / "a.db", [*town_stories(), verdict]) as (_, _, answerer):
        assert answerer.ask(f"望江台苗圃{question}").passages[0].post == "99"
        assert answerer.ask(f"柳塘皮革店{question}").passages == ()
        assert answerer.ask("柳塘皮革店怎么偷税的").passages


@pytest.mark.parametrize("size", [1, 3])
def test_a_few_posts_are_answered_from(tmp_path: Path, size: int) -> None:
    with corpus_of(tmp_path / "a.db", town_stories()[:size]) as (_, _, answerer):
        assert answerer.ask("云岭砖瓦厂少缴增值税多少").answered
        assert not answerer.ask("飞船发射升空直播时间").answered


@pytest.mark.parametrize("text", ["。", "税", "12345", "？！……", "abc def", "😀"])
def test_a_post_without_a_sentence_does_no_harm(tmp_path: Path, text: str) -> None:
    with corpus_of(tmp_path / "a.db", [story(1, "", text)]) as (_, _, answerer):
        assert 0 <= answerer.ask("云岭砖瓦厂少缴增值税多少").confidence < 0.5


def test_the_same_corpus_teaches_the_same_every_time(tmp_path: Path) -> None:
    with corpus_of(tmp_path / "a.db", town_stories()) as (store, index, _):
        assert learn(store, index) == learn(store, index)


def test_processes_that_are_there_learn_the_same_as_this_one(
    sample_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    monkeypatch.setattr(workers, "_WORTH_IT", 1)
    with Store.open(sample_db) as store, open_index(sample_db, read_only=True) as index:
        alone = learn(store, index)
        shown: list[Sequence[Made]] = []

        def track(made: Sequence[Made]) -> Iterator[Made]:
            shown.append(made)
            yield from made

        with kept():
            with Workers(load_batch) as readers:
                assert len(list(readers.map((n, [(str(sample_db), None)]) for n in range(2)))) == 2
            assert learn(store, index, track) == alone
        assert [len(made) > 100 for made in shown] == [True]


def test_averages_are_those_of_the_corpus(tmp_path: Path) -> None:
    posts = [story(1, "云岭", "税款入库。", "已缴清滞纳金。"), story(2, "柳塘新规", "３％")]
    with corpus_of(tmp_path / "a.db", posts) as (store, index, _):
        assert calibration(store, index).averages == Averages(
            text=(5 + 7 + 2) / 3, title=(2 + 2 + 4) / 3
        )


def test_a_calibration_is_kept_beside_the_index_until_the_corpus_has_grown(tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    posts = town_stories()
    with corpus_of(db, posts[:20]):
        kept = (folder_of(db) / FILE).read_bytes()
    with corpus_of(db, posts[20:21]):
        assert (folder_of(db) / FILE).read_bytes() == kept
    with corpus_of(db, posts[21:]):
        assert (folder_of(db) / FILE).read_bytes() != kept


@pytest.mark.parametrize(
    "damage",
    [b"", b"\x00\xff\xfe", b"{", b"[]", b"null", b'{"format": 1}', b'{"format": 9, "checksum": 0}'],
)
def test_a_calibration_that_cannot_be_read_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    db = tmp_path / "a.db"
    with corpus_of(db, town_stories()[:5]):
        path = folder_of(db) / FILE
        kept = path.read_bytes()
    path.write_bytes(damage)
    with corpus_of(db, []):
        assert path.read_bytes() == kept


def test_a_calibration_with_a_changed_figure_is_made_anew(tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    with corpus_of(db, town_stories()[:5]):
        path = folder_of(db) / FILE
        kept = path.read_text()
    path.write_text(kept.replace('"paragraphs": 10', '"paragraphs": 11'))
    with corpus_of(db, []):
        assert path.read_text() == kept


SURENESS = st.floats(-10, 10)


@given(
    present=st.lists(SURENESS, max_size=30), absent=st.lists(SURENESS, max_size=30), one=SURENESS
)
def test_whatever_is_found_a_confidence_is_a_probability(
    present: list[float], absent: list[float], one: float
) -> None:
    curve = curve_of(present, absent)
    assert isfinite(curve.slope)
    assert isfinite(curve.constant)
    assert 0 <= curve.confidence(one) <= 1


def test_a_curve_tells_apart_what_answers_from_what_does_not() -> None:
    learned = curve_of([3.0] * 300, [-3.0] * 300)
    assert learned.confidence(-3.0) < 0.1
    assert learned.confidence(3.0) > 0.9
