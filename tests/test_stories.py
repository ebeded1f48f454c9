"""Stories in normalised form: the same however they are asked for, and never those of before."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from corpus.reading.posts import Paragraph, Post
from corpus.store.values import Story
from retrieval.ranking.pieces import LONGEST_PASSAGE, pieces
from retrieval.ranking.stories import LONGEST_KEPT, NormalisedStory, Normaliser, normalise
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
    normaliser, told = Normaliser(), story("标题", *texts)
    whole = ["标题", *map(analyzer.normalise, texts)]
    for positions in asked:
        positions = [at for at in positions if at < len(texts)]
        expected = [whole[0], *(whole[1 + at] for at in positions)]
        assert normaliser.texts([(told, positions), (told, ())]) == [expected, whole[:1]]
    assert normaliser.story(told) == normalise(told)
    assert normaliser.pieces(told) == pieces(texts, LONGEST_PASSAGE)


def test_a_story_is_normalised_once_until_it_changes() -> None:
    normaliser = Normaliser()
    first = normaliser.story(WORKSHOP)
    same = story("Ａ厂被查", "该厂隐匿收入３万元。已补税！", "另罚款百分之五", places=("云南省",))
    assert normaliser.story(same) is first
    assert normaliser.pieces(same) is normaliser.pieces(WORKSHOP)
    for changed in (
        replace(WORKSHOP, places=()),
        replace(WORKSHOP, post=replace(WORKSHOP.post, title="Ｂ厂被查")),
        story("Ａ厂被查", "该厂隐匿收入９万元。"),
    ):
        assert normaliser.story(changed) == normalise(changed)


def test_a_story_too_long_to_be_kept_is_normalised_all_the_same() -> None:
    normaliser, long = Normaliser(), story("长文", "税" * (LONGEST_KEPT + 1))
    assert normaliser.story(long) == normalise(long)
    assert normaliser.story(long) is not normaliser.story(long)
