"""What a saved query wants: which types of posts, and which of its words must be said."""

from collections.abc import Callable, Iterator

import pytest

from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.engine.opening import opened_answerer
from retrieval.engine.upkeep import index
from retrieval.news.asides import without_asides
from retrieval.news.saved_queries import SavedQueryMatcher
from retrieval.ranking.normalised_stories import NormalisedStory


def post(id_: str, title: str, *texts: str) -> Post:
    paragraphs = tuple(Paragraph(None, text) for text in texts)
    return Post(id_, title, None, None, (), None, None, paragraphs)


FILLER = tuple(f"会议听取了第{n}项汇报,涉及水利和粮食。" for n in range(9))
POSTS = [
    post("rule", "出口退税明年起全程网上办", "企业申报出口退税不再交纸质材料，三天到账。"),
    post(
        "case",
        "海州一贸易公司骗取出口退税被查处",
        "海州市税务局查处一家贸易公司骗取出口退税案件，追缴税款80万元，出口退税政策不容侵害。",
    ),
    post(
        "agenda",
        "市政府召开常务会议",
        *FILLER,
        "会议决定，五月起下调石料的资源税税额。",
        *FILLER,
    ),
    post(
        "aside",
        "市政府总结全年工作",
        *FILLER,
        "有代表提到石料的资源税。",
        *FILLER,
    ),
    post("relief", "小微企业明年继续减征所得税", "小微企业的所得税明年减半征收。"),
    post("star", "一网红偷税被罚", "海州市税务局查处一名网红偷税，追缴税款30万元。"),
    post("credit", "纳税信用等级今天公布", "海州市公布企业的纳税信用等级，好的企业可贷款。"),
    post(
        "closing",
        "海州一食品厂隐匿收入被罚",
        "海州市税务局查处一家食品厂隐匿收入偷税，罚款20万元。",
        "该局有关负责人提醒，要如实申报，避免影响纳税信用。",
    ),
]


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], set[str]]]:
    """A query → the ids of the posts that match it."""
    db = tmp_path_factory.mktemp("wants") / "taxnews.db"
    with Store.open(db, create=True) as store:
        with store.transaction():
            store.write([Reading(post.id, post.id, post) for post in POSTS])
        index(store)
        with opened_answerer(db) as answerer:
            stories = list(store.all_stories())
            matcher = SavedQueryMatcher(answerer, lambda: stories)

            def matched(query: str) -> set[str]:
                matcher.replace_queries({1: query})
                return {story.post.id for story in stories if matcher.match(story)}

            yield matched


Matched = Callable[[str], set[str]]


@pytest.mark.parametrize("words", ["出口退税 新规", "出口退税 最新政策", "出口退税政策"])
def test_who_asks_for_rules_gets_no_cases_and_needs_no_word_for_rules(
    matched: Matched, words: str
) -> None:
    assert matched(words) == {"rule"}


def test_who_names_a_deed_gets_cases(matched: Matched) -> None:
    assert matched("骗取 出口退税") == {"case"}


def test_who_names_neither_gets_both(matched: Matched) -> None:
    assert matched("出口退税") == {"rule", "case"}


def test_an_item_of_an_agenda_is_told_for_itself_and_a_mention_is_not(matched: Matched) -> None:
    assert matched("资源税 改革") == {"agenda"}


def test_relief_is_found_in_any_of_its_words(matched: Matched) -> None:
    assert matched("小微企业 减税") == {"relief"}


def test_what_is_written_finds_what_people_say(matched: Matched) -> None:
    assert matched("主播 偷税") == {"star"}


def test_what_an_official_says_to_everybody_is_no_news(matched: Matched) -> None:
    assert matched("纳税信用") == {"credit"}


def test_advice_laws_lists_and_counts_are_asides() -> None:
    post = NormalisedStory(
        "标题",
        (
            ("经查,该店少缴税款。", "税务局有关负责人表示,要守法。", "影响信用。"),
            ("根据《税收征收管理法》和《发票管理办法》,罚款三万元。",),
            ("减征资源税、房产税、印花税和车船税,快。",),
            ("公布5起案件,包括3起骗税案件、1家中介违法案件和2名网红偷税案件。",),
        ),
    )
    assert without_asides(post, "case").paragraphs == (
        ("经查,该店少缴税款。", "", ""),
        (",罚款三万元。",),
        (",快。",),
        ("",),
    )
    assert without_asides(post, "report").paragraphs[0] == post.paragraphs[0]
