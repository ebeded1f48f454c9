"""Which type of text is a post: our own small posts, one form each."""

import time
from pathlib import Path

import pytest

from corpus.reading.post_types import NAMES, POST_TYPES, PostType, type_named, type_of
from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import about
from corpus.store.store import Store
from corpus.store.values import Filters
from retrieval.question.filters import narrowed
from tests.support.stores import post, put

LONG = "各地办税服务厅延长了受理时间，纳税人普遍反映排队少了、资料少了。" * 12


def told(title: str, *texts: str) -> Post:
    return Post("1", title, None, None, (), None, None, tuple(Paragraph(None, t) for t in texts))


@pytest.mark.parametrize(
    ("type_", "title", "texts"),
    [
        (
            "statute",
            "青溪市水资源税征收办法",
            ["第一条 为了节约用水，制定本办法。", "第二条 取水的单位缴纳水资源税。", "第三条 略。"],
        ),
        (
            "statute",
            "青溪市人民代表大会常务委员会关于耕地占用税适用税额的决定",
            ["（2019年7月26日青溪市第十五届人大常委会第十四次会议通过）", "一、每平方米四十元。"],
        ),
        ("notice", "青溪市税务局关于调整申报期限的公告", ["现将有关事项公告如下：", LONG]),
        ("notice", "岛内居民购物零关税政策", ["财关税〔2026〕99号，自2026年2月4日起执行。"]),
        ("interpretation", "一图读懂：个人养老金怎么扣", [LONG]),
        ("interpretation", "关于房产税新政的解读", [LONG]),
        ("case", "青溪一家面馆偷税被罚12万元", ["近日公布。"]),
        ("case", "青溪税务局依法查处一起骗取退税案件", [LONG]),
        (
            "case",
            "收款码后的秘密",
            ["青溪某餐饮有限公司用私人账户隐匿收入，被处以罚款30.5万元。", LONG],
        ),
        ("report", "青溪市印发《关于优化办税服务的通知》", [LONG]),
        ("report", "人大常委会审议印花税法草案", [LONG]),
        ("report", "便民办税春风行动走过十年", [LONG]),
        ("flash", "青溪一季度税收增长7%", ["青溪市税务局今天公布，一季度税收同比增长7%。"]),
        ("flash", "", ["数据专线开通了！"]),
    ],
)  # fmt: skip
def test_a_post_is_of_the_type_its_form_and_words_tell(
    type_: PostType, title: str, texts: list[str]
) -> None:
    assert type_of(told(title, *texts)) == type_


def test_of_a_title_without_end_the_type_is_soon_told() -> None:
    post = told("关于税税公告(税税)(税税" * 20_000, LONG)
    started = time.process_time()
    assert about(post).type == "notice"
    assert time.process_time() - started < 5


@pytest.mark.parametrize("words", ["判处徒刑", "罚款某", "罚款处某"])
def test_of_an_opening_that_repeats_itself_the_type_is_soon_told(words: str) -> None:
    started = time.process_time()
    type_of(told("通讯", "偷税" + words * 490, words * 490))
    assert time.process_time() - started < 0.2


def test_a_type_is_named_in_chinese_or_as_it_is_stored() -> None:
    assert [type_named(NAMES[type_]) for type_ in POST_TYPES] == list(POST_TYPES)
    assert [type_named(type_) for type_ in POST_TYPES] == list(POST_TYPES)
    assert type_named("小说") is None


def test_posts_of_an_older_database_are_told_their_types_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with Store.open(path, create=True) as store:
        put(store, "a", post("1", title="青溪一家面馆偷税被罚12万元"))
        put(store, "b", post("2", title="青溪市税务局关于申报期限的公告"))
        with store.transaction():
            store._db.execute("DROP INDEX idx_posts_type")
            store._db.execute("ALTER TABLE posts DROP COLUMN type")
            for name in ("m008_types", "m012_posts_by_type"):
                store._db.execute("DELETE FROM _sqlite_migrations WHERE name = ?", [name])
    with Store.open(path) as store:
        assert {story.post.id: story.type for story in store.all_stories()} == {
            "1": "case",
            "2": "notice",
        }
        assert {story.post.id for story in store.stories_of(store.keys(Filters(type="case")))} == {
            "1"
        }


def test_a_type_among_the_words_of_a_search_narrows_it() -> None:
    words, filters = narrowed("留抵退税 类型:法规")
    assert (words, filters) == ("留抵退税", Filters(type="statute"))


def test_a_type_that_is_none_stays_among_the_words() -> None:
    assert narrowed("留抵退税 类型:小说") == ("留抵退税 类型:小说", Filters())
