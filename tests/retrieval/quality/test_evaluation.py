"""Gold questions → figures."""

import gzip
import json
import math
from datetime import datetime, timezone
from pathlib import Path

import pytest

from corpus.store.store import Store
from retrieval.answering.answer import Answer, Passage
from retrieval.quality.baseline import Baseline
from retrieval.quality.beir import fill, measure_run, read_beir, write_run
from retrieval.quality.evaluation import GoldQuestion, assess, figures, read_questions
from retrieval.quality.files import BadTestCollection
from tests.conftest import SAMPLE, Run


def passage(post: str, text: str, sentence: str = "") -> Passage:
    return Passage(
        post=post,
        title="",
        published=datetime(2024, 1, 1, tzinfo=timezone.utc),
        category=None,
        source=None,
        url=None,
        heading=None,
        text=text,
        sentence=sentence,
        highlights=(),
        score=1.0,
        paragraph=1,
    )


ASKED = GoldQuestion("q1", "退税多少", frozenset({"1", "2"}), ("３亿元", "3亿元"), "amount")
UNANSWERABLE = GoldQuestion("q2", "下雨吗", frozenset(), (), "none-far")


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        ([], (False, False, False, False, False)),
        ([passage("1", "今年退税 3亿元。", "退税3亿元。")], (True, True, True, True, True)),
        ([passage("2", "今年退税3亿元。", "今年")], (True, True, True, True, False)),
        ([passage("9", "今年退税3亿元。")], (True, False, False, False, False)),
        ([passage("1", "今年。"), passage("1", "3亿元")], (True, True, False, True, False)),
        ([passage("1", "税" * 400 + "3亿元")], (True, True, False, False, False)),
        ([passage("1", "3亿元。", "税" * 120 + "3亿元")], (True, True, True, True, False)),
    ],
)
def test_an_answer_is_judged_by_its_first_400_characters(
    passages: list[Passage], expected: tuple[bool, ...]
) -> None:
    verdict = assess(ASKED, Answer("退税多少", 0.9, tuple(passages)))
    assert (
        verdict.answered,
        verdict.post_at_1,
        verdict.answer_at_1,
        verdict.answer_at_3,
        verdict.sentence,
    ) == expected


def test_figures_are_shares_with_the_unanswerable_apart() -> None:
    right = Answer("退税多少", 0.9, (passage("1", "3亿元。", "3亿元。"),))
    none = Answer("退税多少", 0.1, ())
    verdicts = [assess(ASKED, right), assess(ASKED, none), assess(UNANSWERABLE, right)]
    assert figures(verdicts) == {
        "post@1": 0.5,
        "answer@1": 0.5,
        "answer@3": 0.5,
        "sentence": 0.5,
        "refused": 0.5,
        "questions": 2,
        "none-far kept": 1.0,
    }


def test_a_run_is_measured_as_the_field_does() -> None:
    relevant = {"a": frozenset({"1", "2"}), "b": frozenset({"9"}), "c": frozenset({"7"})}
    run = {"a": ["5", "1", "2"], "b": ["9"], "c": [str(n) for n in range(20, 40)] + ["7"]}
    ideal = 1 + 1 / math.log2(3)
    gain = 1 / math.log2(3) + 1 / 2
    assert measure_run(run, relevant) == pytest.approx(
        {
            "MRR@10": (1 / 2 + 1) / 3,
            "S@1": 1 / 3,
            "S@5": 2 / 3,
            "R@10": 2 / 3,
            "nDCG@10": (gain / ideal + 1) / 3,
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A test collection: a post of two paragraphs, another of one, two questions."""
    rows = [
        {"_id": "p1", "doc": "d1", "title": "云岭退税", "text": "云岭市今年\n退税三亿元。"},
        {"_id": "p2", "doc": "d1", "title": "云岭退税", "text": "惠及企业五千户。"},
        {"_id": "p3", "title": "", "text": "青石县开通环境保护税专线。"},
    ]
    with gzip.open(tmp_path / "corpus.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    queries = [
        {"_id": "q1", "text": "云岭市退税惠及多少户企业"},
        {"_id": "q2", "text": "環境保護稅專線在哪開通"},
        {"_id": "q3", "text": "没有判断的问题"},
    ]
    (tmp_path / "queries.jsonl").write_text("\n".join(json.dumps(q) for q in queries))
    (tmp_path / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\tp2\t1\nq2\tp3\t1\nq2\tp1\t0\n"
    )
    return tmp_path


def test_passages_of_one_document_become_the_paragraphs_of_a_post(folder: Path) -> None:
    beir = read_beir(folder)
    assert [[p.text for p in post.paragraphs] for post in beir.posts] == [
        ["云岭市今年\n退税三亿元。", "惠及企业五千户。"],
        ["青石县开通环境保护税专线。"],
    ]
    assert beir.passages == (("p1", "p2"), ("p3",))
    assert beir.queries == {"q1": "云岭市退税惠及多少户企业", "q2": "環境保護稅專線在哪開通"}
    assert beir.relevant == {"q1": frozenset({"p2"}), "q2": frozenset({"p3"})}
    with Store.open(folder / "x.db", create=True) as store:
        assert list(fill(store, beir).values()) == ["p1", "p2", "p3"]


def test_the_command_measures_a_folder_and_writes_its_run(taxnews: Run, folder: Path) -> None:
    run = folder / "run.tsv"
    done = taxnews("evaluate", "--beir", folder, "--run", run, "--baseline", "rank-bm25", "--json")
    measured = json.loads(done.stdout)
    assert list(measured) == ["taxnews", "rank-bm25"]
    assert measured["taxnews"]["MRR@10"] == 1.0
    assert measured["rank-bm25"]["MRR@10"] < 1.0
    first = run.read_text().splitlines()[0].split()
    assert (first[0], first[1], first[2], first[3], first[5]) == ("q1", "Q0", "p2", "1", "taxnews")


def test_the_baseline_answers_with_paragraphs_as_they_stand(sample_db: Path) -> None:
    with Store.open(sample_db) as store:
        baseline = Baseline(store)
        paragraphs = {p.text for story in store.all_stories() for p in story.post.paragraphs}
    answer = baseline.ask("广东给多少户次纳税人自动发放了发票")
    assert len(answer.passages) == 3
    assert {passage.text for passage in answer.passages} <= paragraphs


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": "x"}', '{"id":"x","question":"y","answers":3,"post":"1"}']
)
def test_a_bad_line_of_judged_questions_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("\n" + line + "\n")
    with pytest.raises(BadTestCollection, match=r"bad\.jsonl:2: "):
        read_questions(path)


def test_a_run_is_written_in_trecs_form(tmp_path: Path) -> None:
    write_run(tmp_path / "run", {"q": [("p", 0.5), ("r", 0.25)]})
    assert (
        tmp_path / "run"
    ).read_text() == "q Q0 p 1 0.500000 taxnews\nq Q0 r 2 0.250000 taxnews\n"


def test_the_command_asks_for_one_kind_of_set(taxnews: Run) -> None:
    done = taxnews("evaluate", "--run", SAMPLE / "x")
    assert (done.returncode, done.stdout) == (2, "")
    says = "give one of --questions FILE, --beir FOLDER, --watches FILE and --feedback"
    assert says in done.stderr
