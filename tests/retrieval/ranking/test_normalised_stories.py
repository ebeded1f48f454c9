"""Stories in normalised form: the same however they are asked for, and never those of before."""

from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from corpus.reading.posts import Paragraph, Post
from corpus.store.values import Story
from retrieval.ranking.kept import Kept
from retrieval.ranking.normalised_stories import NormalisedStory, Normaliser, normalise, texts_of
from retrieval.ranking.pieces import LONGEST_PASSAGE, pieces
from retrieval.text import analyzer


def story(title: str, *texts: str, places: tuple[str, ...] = ()) -> Story:
    paragraphs = tuple(Paragraph(None, text) for text in texts)
    post = Post("1", title, None, None, (), None, None, paragraphs)
    return Story(post, tuple(range(len(texts))), places)


WORKSHOP = story("Ａ厂被查", "该厂隐匿收入３万元。已补税！", "另罚款百分之五", places=("云南省",))


def test_a_story_is_its_title_with_its_places_and_its_sentences_in_one_form() -> None:
    normal = normalise(WORKSHOP)
    paragraphs = (("该厂隐匿收入3万元。", "已补税!"), ("另罚款5%",))
    assert normal == NormalisedStory("a厂被查 云南省", paragraphs)
    assert normal.whole == "a厂被查 云南省\n该厂隐匿收入3万元。已补税!\n另罚款5%"


@given(
    st.lists(st.text("税厂１三万元。！a\n年", max_size=9), min_size=1, max_size=4),
    st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=4),
)
def test_in_whatever_order_its_parts_are_asked_for_they_are_those_of_the_story(
    texts: list[str], asked: list[list[int]]
) -> None:
    told = Normaliser().forms(story("标题", *texts))
    whole = ["标题", *map(analyzer.normalise, texts)]
    for positions in asked:
        positions = [at for at in positions if at < len(texts)]
        expected = [whole[0], *(whole[1 + at] for at in positions)]
        assert texts_of([(told, positions), (told, ())]) == [
            expected,
            whole[:1],
        ]
    assert told.normalised == normalise(told.story)
    assert told.pieces == pieces(texts, LONGEST_PASSAGE)


def test_a_story_is_normalised_once_until_it_changes() -> None:
    normaliser = Normaliser()
    first = normaliser.forms(WORKSHOP).normalised
    again = replace(WORKSHOP, post=replace(WORKSHOP.post, url="http://e.com/"))
    assert normaliser.forms(again).normalised is first
    assert normaliser.forms(again).pieces is normaliser.forms(WORKSHOP).pieces
    for changed in (
        replace(WORKSHOP, places=()),
        replace(WORKSHOP, post=replace(WORKSHOP.post, title="Ｂ厂被查")),
        replace(WORKSHOP, type="case"),
        replace(WORKSHOP, post=replace(WORKSHOP.post, published=datetime(2024, 5, 6))),
        # Another text has another number; a paragraph that is muted takes its number with it.
        replace(story("Ａ厂被查", "该厂隐匿收入９万元。"), keys=(2,)),
        replace(story("Ａ厂被查", "另罚款百分之五"), keys=(1,), places=("云南省",)),
    ):
        assert normaliser.forms(changed).story == changed
        assert normaliser.forms(changed).normalised == normalise(changed)


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(0, 40))
def test_what_is_kept_is_bounded_and_what_was_used_last(asked: list[int], most: int) -> None:
    kept: Kept[str] = Kept(most, len)
    texts = ["税" * 5 * n for n in range(6)]
    for n in asked:
        found = kept.get(n)
        assert found in (None, texts[n])
        if found is None:
            kept.put(n, texts[n])
        assert kept.size <= most
        assert (kept.get(n) is not None) == (len(texts[n]) <= most)


def test_a_value_put_in_the_place_of_another_takes_its_room() -> None:
    kept: Kept[str] = Kept(3, len)
    for value in ("一", "二二", "三三三", "四"):
        kept.put("a", value)
    kept.put("b", "五五")
    assert (kept.get("a"), kept.get("b"), kept.size) == ("四", "五五", 3)
