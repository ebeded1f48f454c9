"""A corpus that was fed to a cluster answers as the database beside its own index does."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.corrections import Spot, fingerprint
from corpus.store.store import Store
from corpus.store.values import Filters
from retrieval.answering.answerer import Answerer
from retrieval.answering.corrections import key_of
from retrieval.cluster.choice import ClusterChoice
from retrieval.cluster.client import Client
from retrieval.cluster.errors import ClusterError
from retrieval.cluster.feeding import Feeder, OtherFeeder
from retrieval.cluster.opening import ClusterCorpus, opened_cluster
from retrieval.engine import upkeep
from retrieval.engine.opening import opened_answerer, opened_library
from retrieval.index import loops, plain
from retrieval.index_sync import terms
from tests.support.search_server import SearchServer

QUESTIONS = [
    "2021年广东给多少户次纳税人自动发放了发票",
    "骗取出口退税判了几年",
    "留抵退税骗取了多少",
    "个人所得税专项附加扣除",
    "火星上有几个税务局",
    "电子发票",
]


def post(id_: str, title: str, *texts: str, days_ago: float = 1.0, **others: str) -> Post:
    """A post in our own words."""
    return Post(
        id=id_,
        title=title,
        published=datetime.now(CHINA) - timedelta(days=days_ago),
        category=others.get("category", "案例"),
        tags=("税",),
        source=others.get("source", "海角税务"),
        url=f"https://example.org/{id_}",
        paragraphs=tuple(Paragraph(None, text) for text in texts),
        warnings=(),
    )


def put(store: Store, *posts: Post, file: str = "") -> None:
    """Writes posts as files tell them."""
    with store.transaction():
        store.write([Reading(file or each.id, str(each), each) for each in posts])
    upkeep.index(store)


@contextmanager
def feeding(db: Path, choice: ClusterChoice) -> Iterator[tuple[Store, Feeder]]:
    """A database, and what feeds the cluster from it; fed once."""
    with Store.open(db) as store, Client(choice) as client:
        upkeep.index(store)
        feeder = Feeder(store, client)
        assert feeder.feed()
        yield store, feeder


@contextmanager
def reading(
    choice: ClusterChoice, db: Path = Path("/nowhere/at/all.db")
) -> Iterator[ClusterCorpus]:
    with opened_cluster(choice, db) as corpus:
        yield corpus


def passages(answerer: Answerer, question: str, filters: Filters | None = None) -> list[object]:
    answer = answerer.ask(question, filters=filters)
    return [(p.post, p.text, p.sentence) for p in answer.passages]


def test_a_fed_corpus_gives_the_answers_of_the_own_index(
    own_db: Path, choice: ClusterChoice, tmp_path: Path
) -> None:
    everywhere = Filters()
    narrowed = [
        everywhere,
        Filters(place="广东省"),
        Filters(source="总局"),
        Filters(category="示例"),
        Filters(since=date(2023, 1, 1), until=date(2024, 12, 31), type="case"),
    ]
    none = tmp_path / "none.db"
    with (
        feeding(own_db, choice),
        opened_answerer(own_db) as own,
        opened_answerer(none, cluster=choice) as there,
    ):
        for question in QUESTIONS:
            for filters in narrowed:
                assert passages(there, question, filters) == passages(own, question, filters)
    assert not none.exists()


def kept_in_a_byte(length: int) -> int:
    """The length that Lucene remembers of a text: exact below 40, else its four highest bits."""
    beyond = max(0, int(length) - 24)
    lost = max(0, beyond.bit_length() - 4)
    return int(length) - beyond + (beyond >> lost << lost)


def test_scores_differ_from_the_own_indexs_by_lengths_kept_in_a_byte_alone(
    own_db: Path,
    choice: ClusterChoice,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exactly, rounded = plain.norms_of, np.vectorize(kept_in_a_byte)
    monkeypatch.setattr(loops.Work, "is_plain", lambda _: True)
    if "opensearch" in request.node.callspec.id:
        monkeypatch.setattr(plain, "norms_of", lambda n, *more: exactly(rounded(n), *more))
    with feeding(own_db, choice), opened_answerer(own_db) as own, reading(choice) as corpus:
        for question in QUESTIONS:
            found = [dict(index.search(terms(question), 32)) for index in (own.index, corpus.index)]
            assert found[1] == pytest.approx(found[0], rel=1e-5)


def test_stories_are_read_from_the_cluster_as_from_the_store(
    own_db: Path, choice: ClusterChoice
) -> None:
    with feeding(own_db, choice) as (store, _), reading(choice) as there:
        stories = there.stories
        ids = store.all_ids()
        assert stories.stories([*ids, "no such post"]) == store.stories(ids)
        assert stories.facts() == store.facts()
        assert stories.names() == store.names()
        keys = store.all_keys()[::7]
        assert stories.checksums_of(keys) == store.checksums_of(keys)
        assert stories.newest(5) == store.newest(5)
        filters = Filters(type="case")
        assert stories.newest_of(filters, 4) == store.newest_of(filters, 4)
        assert stories.listed(filters, 3, 2) == store.listed(filters, 3, 2)
        assert stories.listed(filters, 5, 10_000) == []
        urls = [story.post.url or "" for story in store.stories(ids)][:3]
        addresses = ["http://nowhere.example/", *reversed(urls)]
        assert stories.posts_at(addresses) == store.posts_at(addresses) != []
        assert stories.source_counts(ids) == store.source_counts(ids)


def test_what_changes_is_found_once_it_is_fed(own_db: Path, choice: ClusterChoice) -> None:
    first = post("p1", "海角市一公司骗税被查", "海角市一家鲸油公司骗取退税七万元。")
    other = replace(first, paragraphs=(Paragraph(None, "海角市一家鲸油公司骗取退税八万元。"),))
    with feeding(own_db, choice) as (store, feeder), reading(choice) as there:
        before = set(store.all_ids())
        put(store, first)
        assert feeder.feed()
        assert not feeder.feed()
        assert [s.post.paragraphs for s in there.stories.stories(["p1"])] == [first.paragraphs]
        put(store, other)
        assert feeder.feed()
    with opened_answerer(own_db, cluster=choice) as answerer:
        found = answerer.ask("海角市鲸油公司骗取退税多少").passages[0]
        assert (found.post, found.text) == ("p1", other.paragraphs[0].text)
    with Store.open(own_db) as store, Client(choice) as client:
        with store.transaction():
            store.remove(["p1"])
        upkeep.index(store)
        assert Feeder(store, client).feed()
    with reading(choice) as there:
        assert there.stories.stories(["p1"]) == []
        assert there.index.search({"bigrams": ["鲸油"]}) == []
        assert {story.post.id for story in there.stories.stories(before)} == before


def test_a_change_of_what_filters_ask_reaches_the_cluster(
    own_db: Path, choice: ClusterChoice
) -> None:
    old = post("p1", "海角市查处鲸油公司", "海角市查处一家鲸油公司。", category="案例")
    new = replace(old, category="公告", source="天涯日报")
    with feeding(own_db, choice) as (store, feeder):
        put(store, old)
        feeder.feed()
        put(store, new)
        assert feeder.feed()
        with reading(choice) as there:
            where = there.stories.where(Filters(source="天涯", category="公告"))
            hits = there.index.search({"bigrams": ["鲸油"]}, where=where)
            assert [key for key, _ in hits] == list(store.stories(["p1"])[0].keys)
            assert (
                there.index.search({"bigrams": ["鲸油"]}, where=[{"term": {"categories": "案例"}}])
                == []
            )


def test_a_further_file_of_a_story_is_counted(own_db: Path, choice: ClusterChoice) -> None:
    one = post("p1", "海角市查处鲸油公司", "海角市查处一家鲸油公司。")
    with feeding(own_db, choice) as (store, feeder):
        put(store, one)
        put(store, one, file="another")
        feeder.feed()
        with reading(choice) as there:
            assert there.stories.source_counts(["p1"]) == {"p1": 2}


def test_what_is_new_arrives_at_the_fronts(own_db: Path, choice: ClusterChoice) -> None:
    now = datetime.now(timezone.utc)
    with feeding(own_db, choice) as (store, feeder):
        last = store.last_arrival()
        put(store, post("p1", "海角市查处鲸油公司", "海角市查处一家鲸油公司。"))
        put(store, post("p2", "天涯市发布通知", "天涯市发布办税通知。", days_ago=30))
        feeder.feed()
        spans = [(now - timedelta(days=days), now + timedelta(days=1)) for days in (1, 3, 60)]
        with reading(choice) as there:
            assert there.stories.arrivals(last) == store.arrivals(last) != []
            assert there.stories.last_arrival() == store.last_arrival()
            for span in spans:
                assert there.stories.news(*span) == store.news(*span)


def test_how_often_terms_stand_is_known_by_field(own_db: Path, choice: ClusterChoice) -> None:
    with (
        feeding(own_db, choice),
        opened_answerer(own_db) as own,
        reading(choice) as there,
    ):
        assert len(there.index) == len(own.index)
        for field, terms in {
            "words": ["发票", "税务局", "没有这个词"],
            "bigrams": ["发票", "骗税", "鲸油"],
            "characters": ["税", "鲸"],
        }.items():
            assert there.index.idf(terms, field).tolist() == pytest.approx(
                own.index.idf(terms, field).tolist()
            )
            for term in terms:
                expected = own.index.document_frequency(term, field)
                assert there.index.document_frequency(term, field) == expected


def test_a_question_of_more_terms_than_a_search_takes_is_answered(
    own_db: Path, choice: ClusterChoice
) -> None:
    with feeding(own_db, choice), reading(choice) as there:
        many = [f"没有{number}" for number in range(1500)]
        hits = there.index.search({"bigrams": [*many, "骗税"]}, 3)
        assert hits == there.index.search({"bigrams": ["骗税"]}, 3) != []


def test_corrections_reach_the_fronts_beside_their_own(
    own_db: Path, choice: ClusterChoice, tmp_path: Path
) -> None:
    question = "海角市鲸油公司骗了多少"
    with feeding(own_db, choice) as (store, feeder):
        put(store, post("p1", "海角市查处鲸油公司", "海角市一家鲸油公司骗税七万元。", "另有一事。"))
        story = store.stories(["p1"])[0]
        own = store._corrections
        own.pin(
            question, key_of(question), _spot("p1", story.post.paragraphs[1].text), "另有一事。"
        )
        assert feeder.feed()
    with Client(choice) as client:
        mark = client.ask("GET", f"/{choice.prefix}-state/_doc/mark")["_source"]
        assert question not in str(mark)
    front = tmp_path / "front.db"
    with opened_answerer(front, cluster=choice) as answerer:
        assert answerer.ask(question).passages[0].text.startswith("另有一事")
        with Store.open(front, create=True) as kept:
            text = story.post.paragraphs[1].text
            done = kept._corrections.mute(_spot("p1", text), text)
        assert not answerer.ask(question).passages[0].text.startswith("另有一事")
        with Store.open(front) as kept:
            kept._corrections.undo(done)
        assert answerer.ask(question).passages[0].text.startswith("另有一事")


def _spot(id_: str, text: str) -> Spot:
    return Spot(id_, fingerprint(text))


def test_a_rebuild_takes_the_place_of_what_is_there_in_one_step(
    own_db: Path, choice: ClusterChoice
) -> None:
    with feeding(own_db, choice) as (store, feeder):
        put(store, post("p1", "海角市查处鲸油公司", "海角市一家鲸油公司骗税七万元。"))
        with reading(choice) as there:
            seen: list[int] = []

            def watched(ids: object) -> Iterator[str]:
                for id_ in ids:  # type: ignore[attr-defined]
                    seen.append(len(there.index.search({"bigrams": ["发票"]}, 400)))
                    yield id_

            before = len(there.index.search({"bigrams": ["发票"]}, 400))
            feeder.rebuild(watched)
            assert set(seen) == {before}
            assert there.stories.stories(["p1"]) == store.stories(["p1"])
        assert not feeder.feed()
    with Client(choice) as client:
        names = client.ask("GET", f"/{choice.prefix}-paragraphs-*/_alias")
        assert len(names) == 1


def test_another_database_feeds_nothing_until_it_takes_over(
    own_db: Path, sample_db: Path, choice: ClusterChoice, tmp_path: Path
) -> None:
    with feeding(own_db, choice):
        pass
    other = tmp_path / "other" / "other.db"
    other.parent.mkdir()
    shutil.copy(own_db, other)
    with Store.open(other) as store, Client(choice) as client:
        store.renew_identity()
        put(store, post("p1", "海角市查处鲸油公司", "海角市一家鲸油公司骗税七万元。"))
        feeder = Feeder(store, client)
        with pytest.raises(OtherFeeder, match="taxnews cluster rebuild"):
            feeder.feed()
        feeder.rebuild()
        with reading(choice) as there:
            assert there.stories.stories(["p1"]) == store.stories(["p1"])
        assert not feeder.feed()


def test_an_old_copy_of_the_database_feeds_nothing(
    own_db: Path, choice: ClusterChoice, tmp_path: Path
) -> None:
    with feeding(own_db, choice) as (store, feeder):
        store.copy_to(tmp_path / "copy.db")
        put(store, post("p1", "海角市查处鲸油公司", "海角市一家鲸油公司骗税七万元。"))
        feeder.feed()
    with Store.open(tmp_path / "copy.db") as store, Client(choice) as client:
        upkeep.index(store)
        with pytest.raises(OtherFeeder, match="ahead of this database"):
            Feeder(store, client).feed()


def test_of_two_feeders_at_the_same_time_one_is_refused(
    own_db: Path, choice: ClusterChoice
) -> None:
    """The other one writes its mark while the first writes its posts."""
    with feeding(own_db, choice) as (store, feeder), Client(choice) as client:
        put(store, post("p1", "海角市查处鲸油公司", "海角市一家鲸油公司骗税七万元。"))
        path = f"/{choice.prefix}-state/_doc/mark"

        def interrupted(ids: object) -> Iterator[str]:
            client.ask("PUT", path, client.ask("GET", path)["_source"])
            yield from ids  # type: ignore[misc]

        with pytest.raises(OtherFeeder, match="at the same time"):
            feeder.feed(interrupted)
        assert feeder.feed()  # what was not marked is written again
        with reading(choice) as there:
            assert there.stories.stories(["p1"]) == store.stories(["p1"])


def test_without_a_log_that_reaches_back_all_is_written_anew(
    own_db: Path, choice: ClusterChoice
) -> None:
    with feeding(own_db, choice) as (store, feeder):
        put(store, post("p1", "海角市查处鲸油公司", "海角市一家鲸油公司骗税七万元。"))
        store.forget_post_changes(store.last_post_change())
        assert feeder.feed()
        with reading(choice) as there:
            assert there.stories.facts() == store.facts()
            assert there.stories.stories(["p1"]) == store.stories(["p1"])


def test_a_cluster_to_which_nothing_was_fed_is_said_to_be_empty(
    choice: ClusterChoice, tmp_path: Path
) -> None:
    with (
        pytest.raises(ClusterError, match="taxnews cluster feed"),
        opened_answerer(tmp_path / "none.db", cluster=choice),
    ):
        pass


def test_who_cuts_terms_otherwise_does_not_answer(own_db: Path, choice: ClusterChoice) -> None:
    with feeding(own_db, choice), Client(choice) as client:
        path = f"/{choice.prefix}-state/_doc/mark"
        mark = client.ask("GET", path)["_source"]
        client.ask("PUT", path, mark | {"versions": "0.0"})
    with pytest.raises(ClusterError, match="another version of taxnews"), reading(choice):
        pass
    with Store.open(own_db) as store, Client(choice) as client:
        assert Feeder(store, client).feed()
    with reading(choice) as there:
        assert len(there.index)


def test_a_library_over_a_cluster_counts_no_mentions(
    own_db: Path, choice: ClusterChoice, tmp_path: Path
) -> None:
    with feeding(own_db, choice), opened_library(tmp_path / "none.db", cluster=choice) as library:
        assert library.trend(["骗税"]) is None
        assert library.subjects("骗取留抵退税的案件")
        assert library.examples()


def test_a_question_is_four_journeys_the_first_time_and_one_the_second(
    own_db: Path, tmp_path: Path
) -> None:
    with SearchServer() as server:
        choice = ClusterChoice((server.url,), timeout=30.0)
        with feeding(own_db, choice), opened_answerer(tmp_path / "n.db", cluster=choice) as there:
            for journeys in (["_mtermvectors", "_search", "_mget", "_mtermvectors"], ["_search"]):
                server.asked.clear()
                there.ask("骗取出口退税判了几年")
                kinds = [re.split(r"[/?]", each)[2] for each in server.asked]
                assert [kind for kind in kinds if kind != "_doc"] == journeys
