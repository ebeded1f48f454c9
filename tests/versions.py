"""What the analyzer and the ranking do, as digests that stand beside their version numbers.

    python -m tests.versions

records them anew in tests/golden/versions.json, after a change of behaviour and of the number.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from corpus.store.store import Store
from corpus.sync.ingest import ingest
from retrieval.answering.answerer import Answerer
from retrieval.answering.calibration import RANKING_VERSION
from retrieval.engine.opening import opened_answerer
from retrieval.index_sync import terms
from retrieval.quality.evaluation import read_questions
from retrieval.question.stop_phrases import without_asides, without_stop_phrases
from retrieval.text import analyzer, synonyms
from tests.conftest import SAMPLE
from tests.quality import NOW, QUESTIONS

RECORDED = Path(__file__).parent / "golden" / "versions.json"

# Spoken and mistyped as the gold questions aren't: stop phrases, typos, numbers, relative years.
SPOKEN = (
    "老师好，小白求问：公司去年虚开发飘要怎么罚？在线等挺急的",
    "麻烦问一下哈，个税APP退税多久能到账啊，谢谢各位大佬",
    "我就想知道增殖税小规模到底几个点",
    "听说广东有家企业骗取留抵退稅４７２．３３万元，后来呢",
    "第一百二十三条说了啥？百分之三十和三成一样不",
    "ＭＣＮ机构没给主播扣税，罚了一千三百万元吧",
    "最近有啥新的减税政策没，忘了在哪看到的",
    "你好",
    "那罚了多少？",
)


def analyzer_digest() -> str:
    """A digest of the terms of the sample posts and of `SPOKEN`, and of the tax words."""
    texts = [*SPOKEN, *(path.read_text(encoding="utf-8") for path in _posts())]
    cut = (terms(analyzer.normalise(text)) for text in texts)
    return _digest([*cut, sorted(analyzer.tax_words())])


def ranking_digest(answerer: Answerer) -> str:
    """A digest of how `answerer`, over the sample posts, reads and answers the gold questions
    and `SPOKEN`, and of the names that mean the same.

    Scores and probabilities are rounded, so that machines agree.
    """
    names = synonyms.load()
    said: list[object] = [sorted((name, names.of(name)) for name in names.names())]
    for asked in (*SPOKEN, *(judged.question for judged in read_questions(QUESTIONS))):
        normal = analyzer.normalise(asked)
        explained = answerer.explain(asked, limit=6, now=NOW)
        read = explained.question
        said.append(
            (
                *(without_stop_phrases(normal), without_asides(normal, frozenset(names.names()))),
                *(read.normal, read.subject, read.years, read.wants_newest),
                [(concept.forms, round(concept.part, 3)) for concept in read.concepts],
                [name.forms for name in read.entities],
                round(explained.confidence, 2),
                [(hit.key, round(hit.score, 3)) for hit in explained.hits],
                *(explained.matched, explained.missed),
                [
                    (passage.text, passage.sentence, passage.highlights)
                    for passage in answerer.ask(asked, now=NOW).passages
                ],
            )
        )
    return _digest(said)


def found(answerer: Answerer) -> dict[str, dict[str, Any]]:
    """By name, the version that the code states and the digest of what it does."""
    return {
        "analyzer": {"version": analyzer.ANALYZER_VERSION, "digest": analyzer_digest()},
        "ranking": {"version": RANKING_VERSION, "digest": ranking_digest(answerer)},
    }


def _posts() -> list[Path]:
    return sorted((SAMPLE / "_posts").glob("*.md"))


def _digest(values: Iterable[object]) -> str:
    lines = "\n".join(json.dumps(value, ensure_ascii=False) for value in values)
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def main() -> None:
    with TemporaryDirectory() as folder:
        db = Path(folder, "sample.db")
        with Store.open(db, create=True) as store:
            ingest(store, [SAMPLE])
        with opened_answerer(db) as answerer:
            RECORDED.write_text(json.dumps(found(answerer), indent=2) + "\n")


if __name__ == "__main__":
    main()
