"""What an operator corrected: pins, muted paragraphs, names; in force at once, undone at once."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import own_synonyms
from bot.storage.chats import ChatStore
from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.corrections import Corrections, Spot, fingerprint
from corpus.store.store import Store
from corpus.store.values import Filters, Story
from retrieval.answering.answer import Shown
from retrieval.answering.answerer import Answerer
from retrieval.answering.corrections import Held, corrections_of, key_of, state_of
from retrieval.answering.dialogue import reply
from retrieval.engine.opening import opened_answerer
from retrieval.engine.upkeep import index, keep_up
from retrieval.quality.saved_queries import fill_posts
from retrieval.question.conversation import Conversation
from tests.conftest import Run

QUESTION = "云岭市骗取留抵退税的企业被罚了多少"
OLD = "2022年，云岭市税务局查处一家骗取留抵退税的企业，罚款十二万元。"
BEFORE = "云岭市税务局介绍，留抵退税政策落地以来，办理进度一直较快。"
AFTER = "云岭市税务局表示，骗取留抵退税的企业将被降低纳税信用等级。"


def post(id_: str, day: int, title: str, *texts: str) -> Post:
    published = datetime(2024, 1, day, 8, tzinfo=CHINA)
    paragraphs = tuple(Paragraph(None, text) for text in texts)
    return Post(id_, title, published, "ceshi", (), "测试报", None, paragraphs)


POSTS = (
    post("1", 2, "云岭市查处一起骗取留抵退税案", BEFORE, OLD, AFTER),
    post(
        "2", 9, "云岭市再查骗取留抵退税企业", "云岭市税务局又查处骗取留抵退税的企业，罚款三十万元。"
    ),
    post("3", 5, "青石县开通环保税专线", "青石县税务局开通了环境保护税咨询专线。"),
    post("4", 6, "云税通上线", "云岭市的云税通可以办理注销登记。"),
)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of the posts above, and more than enough others, indexed."""
    folder = tmp_path_factory.mktemp("indexed")
    others = (
        post(f"9{n}", 3, f"第{n}个街道办税厅", f"第{n}个街道的办税厅搬到了新址，请携带证件办理。")
        for n in range(30)
    )
    with Store.open(folder / "a.db", create=True) as store:
        fill_posts(store, [*POSTS, *others])
        index(store)
    with opened_answerer(folder / "a.db") as answerer:
        answerer.ask(QUESTION)
    return folder


@pytest.fixture
def db(indexed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be written to."""
    shutil.copytree(indexed, tmp_path, dirs_exist_ok=True)
    return tmp_path / "a.db"


@contextmanager
def correcting(db: Path) -> Iterator[tuple[Answerer, Corrections]]:
    """An answerer, and the corrections as another connection writes them."""
    with opened_answerer(db) as answerer, ChatStore(db) as chats:
        yield answerer, chats.corrections


def spot(text: str, post: str = "1") -> Spot:
    return Spot(post, fingerprint(text))


def texts(answerer: Answerer, question: str = QUESTION) -> list[str]:
    return [passage.text for passage in answerer.ask(question).passages]


# --- pins -----------------------------------------------------------------------------------


def test_a_pinned_paragraph_leads_the_answer_alone_until_it_is_undone(db: Path) -> None:
    with correcting(db) as (answerer, corrections):
        before = answerer.ask(QUESTION)
        number = corrections.pin(QUESTION, key_of(QUESTION), spot(BEFORE), BEFORE)
        first, *others = answerer.ask(QUESTION).passages
        assert (first.text, first.is_pinned) == (BEFORE, True)
        assert [other.is_pinned for other in others] == [False] * len(others)
        assert not any(BEFORE in other.text for other in others)
        assert answerer.uncorrected().ask(QUESTION) == before
        assert corrections.undo(number)
        assert answerer.ask(QUESTION) == before
        assert not corrections.undo(number)


@pytest.mark.parametrize(
    ("wording", "is_same"),
    [
        ("请问一下，云岭市骗取留抵退税的企业被罚了多少呀？", True),
        ("骗取留抵退税的云岭市企业，罚了多少", True),
        ("雲嶺市騙取留抵退稅的企業被罰了多少", True),
        ("云岭市骗取留抵退税的企业被罚了多少😀", True),
        ("云岭市骗取留抵退税的企业为什么被罚", False),
        ("云岭市骗取留抵退税的企业有几家被罚", False),
        ("青石县骗取留抵退税的企业被罚了多少", False),
        ("", False),
    ],
)
def test_a_pin_is_for_all_wordings_that_name_and_ask_the_same(wording: str, is_same: bool) -> None:
    assert (key_of(wording) == key_of(QUESTION)) == is_same


WORDS = [
    "云岭市",
    "骗取",
    "留抵退税",
    "企业",
    "罚款",
    "青石县",
    "发票",
    "2023年",
    "《通知》",
    "％５",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), st.randoms())
def test_a_key_knows_neither_order_nor_stop_phrases_nor_width(
    words: list[str], dice: object
) -> None:
    key = key_of(" ".join(words))
    shuffled = list(words)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert key_of("请问 " + " ".join(shuffled) + "？谢谢") == key
    assert key_of(" ".join(words).replace("2023", "２０２３")) == key


@given(st.text(max_size=40))
def test_any_text_has_a_key_that_tells_none_of_it(text: str) -> None:
    key = key_of(text)
    assert key == key_of(text)
    assert len(key) in (0, 32)


def test_newer_posts_that_answer_stand_beside_a_pin_and_older_ones_behind_them(db: Path) -> None:
    with correcting(db) as (answerer, corrections):
        corrections.pin(QUESTION, key_of(QUESTION), spot(OLD), OLD)
        answer = answerer.ask(QUESTION)
        assert [p.post for p in answer.passages][:2] == ["1", "2"]
        assert [p.post for p in answer.newer] == ["2"]
        newest = POSTS[1].paragraphs[0].text
        corrections.pin(QUESTION, key_of(QUESTION), spot(newest, "2"), newest)
        assert len(corrections.all()) == 1
        answer = answerer.ask(QUESTION)
        assert [p.post for p in answer.passages][:2] == ["2", "1"]
        assert answer.newer == ()


def test_a_newer_post_of_the_same_story_stands_beside_a_pin_whatever_was_asked(db: Path) -> None:
    asked = "火星上的退税怎么办"
    with correcting(db) as (answerer, corrections):
        corrections.pin(asked, key_of(asked), spot(OLD), OLD)
        assert [passage.post for passage in answerer.ask(asked).newer] == ["2"]


def test_a_pin_answers_what_no_search_would_but_no_filter_lets_it_through(db: Path) -> None:
    asked = "火星上的退税怎么办"
    with correcting(db) as (answerer, corrections):
        assert not answerer.ask(asked).answered
        corrections.pin(asked, key_of(asked), spot(OLD), OLD)
        answer = answerer.ask(asked)
        assert (answer.confidence, answer.passages[0].text) == (1.0, OLD)
        assert {passage.post for passage in answer.passages} == {"1", "2"}
        assert not answerer.ask(asked, filters=Filters(category="其他")).answered
        assert answerer.ask(asked, filters=Filters(category="ceshi")).answered


def test_a_follow_up_goes_on_in_its_story_whatever_is_pinned(db: Path) -> None:
    with correcting(db) as (answerer, corrections):
        answer = answerer.continued(answerer.read("罚了多少"), Shown("2", 4), 6)
        corrections.pin("罚了多少", key_of("罚了多少"), spot(OLD), OLD)
        assert answerer.continued(answerer.read("罚了多少"), Shown("2", 4), 6) == answer


def test_a_pin_leads_in_a_conversation_too_if_its_question_names_something(db: Path) -> None:
    several = f"{QUESTION}？云税通可以办理什么？"
    with correcting(db) as (answerer, corrections):
        before = reply(answerer, "云税通可以办理什么", None)
        for asked in (QUESTION, several, "罚了多少"):
            corrections.pin(asked, key_of(asked), spot(BEFORE), BEFORE)
        for asked in (QUESTION, several):
            answer = reply(answerer, asked, before.conversation)
            assert answer.passages[0].is_pinned
            assert BEFORE in answer.passages[0].text
            assert (answer.understood, answer.parts) == (None, ())
        shown = Conversation(QUESTION, "2")
        assert not reply(answerer, "罚了多少", shown).passages[0].is_pinned


@pytest.mark.parametrize(
    ("texts_now", "state"),
    [
        ((BEFORE, OLD, AFTER), "in force"),
        (("新的开头。", OLD.replace("，", " ， "), AFTER), "in force"),
        ((BEFORE, OLD.replace("十二", "二十"), AFTER), "text changed"),
        (None, "post gone"),
    ],
)
def test_a_pin_outlives_a_new_reading_and_is_passed_over_without_its_paragraph(
    db: Path, texts_now: tuple[str, ...] | None, state: str
) -> None:
    with Store.open(db) as store, ChatStore(db) as chats:
        chats.corrections.pin(QUESTION, key_of(QUESTION), spot(OLD), OLD)
        with store.transaction():
            if texts_now is None:
                store.forget(["1"])
            else:
                changed = post("1", 2, "换了标题的云岭骗税案", *texts_now)
                store.write([Reading("1", "new", changed)])
        keep_up(store)
        with opened_answerer(db) as answerer:
            first = answerer.ask(QUESTION).passages[0]
        assert first.is_pinned == (state == "in force")
        accepted = store.corrections()
        assert [state_of(each, store, {}) for each in accepted] == [state]


# --- muted paragraphs ---------------------------------------------------------------------------


def test_a_muted_paragraph_is_in_no_passage_and_none_reaches_across_it(db: Path) -> None:
    with correcting(db) as (answerer, corrections), Store.open(db) as store:
        assert any(OLD in text for text in texts(answerer))
        story = store.stories(["1"])[0]
        corrections.mute(spot(OLD), OLD)
        shown = texts(answerer)
        asked = answerer.read("那罚了多少")
        again = answerer.continued(asked, Shown("1", story.keys[0]), 6)
        shown += [passage.text for passage in again.passages]
        shown += [p.text for p in answerer.passages_in(answerer.read(QUESTION), story, 9)]
        assert shown
        assert not any(OLD in text for text in shown)
        assert not any(BEFORE in text and AFTER in text for text in shown)
        assert store.stories(["1"])[0].post.paragraphs[1].text == OLD


def test_a_story_of_muted_paragraphs_alone_is_no_answer(db: Path) -> None:
    asked = "青石县环境保护税咨询专线开通了吗"
    text = POSTS[2].paragraphs[0].text
    with correcting(db) as (answerer, corrections):
        assert answerer.ask(asked).passages[0].post == "3"
        number = corrections.mute(spot(text, "3"), text)
        assert corrections.mute(spot(text, "3"), text) == number
        assert "3" not in [passage.post for passage in answerer.ask(asked).passages]
        corrections.undo(number)
        assert answerer.ask(asked).passages[0].post == "3"


def test_of_many_stories_one_is_muted_where_it_was_found(tmp_path: Path) -> None:
    moved = [f"{place}办税厅搬到了新址，请携带证件办理。" for place in "东西南北中上下前后"]
    with Store.open(tmp_path / "a.db", create=True) as store:
        fill_posts(store, [post(f"5{n}", 3, "", text) for n, text in enumerate(moved)])
        fill_posts(store, [post("6", 2, "", moved[0], "热线已开通")])
        index(store)
    with correcting(tmp_path / "a.db") as (answerer, corrections):
        asked = "办税厅搬到了哪里"
        assert "6" in [hit.story.post.id for hit in answerer.hits(asked)]
        corrections.mute(spot(moved[0], "6"), moved[0])
        assert "6" not in [hit.story.post.id for hit in answerer.hits(asked)]


def test_a_pin_on_a_muted_paragraph_is_passed_over(db: Path) -> None:
    with correcting(db) as (answerer, corrections), Store.open(db) as store:
        corrections.pin(QUESTION, key_of(QUESTION), spot(OLD), OLD)
        corrections.mute(spot(OLD), OLD)
        assert not any(passage.is_pinned for passage in answerer.ask(QUESTION).passages)
        accepted = store.corrections()
        muted = corrections_of(accepted).muted
        assert [state_of(each, store, muted) for each in accepted] == ["muted", "in force"]


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_muting_leaves_the_others_with_their_numbers(muted: list[bool]) -> None:
    paragraphs = [f"第{at}段，税。" for at in range(len(muted))]
    story = Story(post("7", 1, "题", *paragraphs), tuple(range(40, 40 + len(muted))))
    prints = frozenset(
        fingerprint(p) for p, is_muted in zip(paragraphs, muted, strict=True) if is_muted
    )
    corrections = replace(corrections_of([]), muted={"7": prints})
    left = [key for key, is_muted in zip(story.keys, muted, strict=True) if not is_muted]
    rest = corrections.without_muted([story])
    assert [s.keys for s in rest] == ([tuple(left)] if left else [])
    for shown in rest:
        for key, paragraph in zip(shown.keys, shown.post.paragraphs, strict=True):
            assert story.post.paragraphs[story.keys.index(key)] == paragraph


# --- names --------------------------------------------------------------------------------------


def test_names_mean_the_same_at_once_and_no_longer_once_undone(db: Path) -> None:
    asked = "掌上小税官可以办理注销登记吗"
    with correcting(db) as (answerer, corrections):
        before = answerer.ask(asked)
        bare = answerer.without("synonyms").ask(asked)
        number = corrections.join(["掌上小税官", "云税通"])
        assert corrections.join(["掌上小税官", "云税通"]) == number
        after = answerer.ask(asked)
        assert after.passages[0].post == "4"
        assert after.confidence > before.confidence
        assert answerer.without("synonyms").ask(asked).confidence == bare.confidence
        corrections.undo(number)
        assert answerer.ask(asked) == before


def test_an_operators_file_of_names_is_read_where_a_setting_names_it(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.tsv"
    own.write_text("# ours\n掌上小税官\t云税通\n", encoding="utf-8")
    asked = "掌上小税官可以办理注销登记吗"
    with opened_answerer(db) as answerer:
        before = answerer.ask(asked).confidence
    monkeypatch.setenv("TAXNEWS_SYNONYMS", str(own))
    with opened_answerer(db, own_synonyms()) as answerer:
        assert answerer.ask(asked).confidence > before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "own.tsv: synonyms can't be read (No such file or directory)"),
        (b"\xff\xfe", "own.tsv: synonyms can't be read (not UTF-8)"),
        ("个税\t个人所得税\n云税通 云岭税务通\n".encode(), "own.tsv:2: one name only"),
    ],
)
def test_a_file_of_names_that_cant_be_read_is_named(
    db: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    taxnews: Run,
    content: bytes | None,
    says: str,
) -> None:
    if content is not None:
        (tmp_path / "own.tsv").write_bytes(content)
    monkeypatch.setenv("TAXNEWS_SYNONYMS", str(tmp_path / "own.tsv"))
    done = taxnews("ask", "税", "--db", db)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr


# --- keeping in step ------------------------------------------------------------------------------


def test_the_mark_is_another_one_after_every_change_and_none_without(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        corrections, marks = chats.corrections, [chats.corrections.mark()]
        number = corrections.pin("问", "key", spot(OLD), OLD)
        marks.append(corrections.mark())
        corrections.judge(number, "问", "1", OLD)
        marks.append(corrections.mark())
        assert corrections.get(number) == corrections.all()[0]
        assert corrections.get(99) is None
        assert corrections.mark() == marks[-1]
        corrections.undo(number)
        marks.append(corrections.mark())
    assert len(set(marks)) == 4
    with ChatStore(tmp_path / "a.db") as chats:
        assert chats.corrections.mark() == marks[-1]
        assert (chats.corrections.all(), chats.corrections.judgements()) == ([], [])


@given(st.text(max_size=30))
def test_a_fingerprint_is_the_same_in_any_width_and_spacing(text: str) -> None:
    assert fingerprint(f" {text}\n") == fingerprint(text)
    assert fingerprint("１２％" + text) == fingerprint("12%" + text)
    assert fingerprint(text + "。") != fingerprint(text)


def test_a_question_is_answered_from_one_state_of_the_corrections() -> None:
    states = (corrections_of([]) for _ in range(9))
    held = Held(lambda: next(states))
    with held.for_a_question():
        first = held()
        with held.for_a_question():
            assert held() is first
        assert held() is first
    assert held() is not first
    with pytest.raises(LookupError), held.for_a_question():
        raise LookupError
    assert held() is not held()
