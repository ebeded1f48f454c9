"""Feeds as real servers write them: bytes → readings, without a server."""

import time
from dataclasses import replace
from datetime import datetime

import pytest

from corpus.errors import SourceError
from corpus.reading.dates import CHINA
from corpus.reading.links import resolved
from corpus.reading.posts import Post
from corpus.reading.readings import Problem
from corpus.sources import feeds
from corpus.sources.encodings import decoded

NOON = datetime(2022, 5, 6, 12, tzinfo=CHINA)
FEED = "http://feeds.e.com/rss/all.xml"
TEXT = "青溪市税务局查处一起案件，补缴税款一万元。"


def rss(items: str, *, encoding: str = "utf-8", head: str = "<link>http://e.com/</link>") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>青溪税讯</title>{head}{items}</channel></rss>"
    )


def item(title: str = "青溪公告", text: str = TEXT, more: str = "") -> str:
    return f"<item><title>{title}</title><description>{text}</description>{more}</item>"


def posts(text: str | bytes, content_type: str = "text/xml") -> list[Post]:
    data = text.encode() if isinstance(text, str) else text
    readings = feeds.parse(data, content_type, FEED)
    return [reading.outcome for reading in readings if isinstance(reading.outcome, Post)]


def words(post: Post) -> list[str]:
    return [paragraph.text for paragraph in post.paragraphs]


# --- dates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    [
        "<pubDate>2022年5月6日 12:00</pubDate>",
        "<pubDate>Fri, 06 May 2022 12:00:00 CST</pubDate>",
        "<pubDate>\n 2022-05-06 12:00:00 </pubDate>",
        "<pubDate><![CDATA[1651809600]]></pubDate>",
        "<dc:date>2022-05-06T12:00:00+08:00</dc:date>",
        "<pubDate>昨天</pubDate><dc:date>2022/05/06 12:00</dc:date>",
    ],
)
def test_an_item_is_dated_as_a_post_is(date: str) -> None:
    (post,) = posts(rss(item(more=date)))
    assert (post.published, post.warnings) == (NOON, ())


@pytest.mark.parametrize("date", ["", "三月一日", "03-01 20:00"])
def test_an_item_without_a_usable_date_has_none_and_says_so(date: str) -> None:
    (post,) = posts(rss(item(more=f"<pubDate>{date}</pubDate>")))
    assert (post.published, post.warnings) == (None, (f"no usable date ({date!r})",))


def test_a_guess_at_a_date_is_a_warning() -> None:
    (post,) = posts(rss(item(more="<pubDate>5/6/2022 12:00:00 PM</pubDate>")))
    guess = "a guess at the date '5/6/2022 12:00:00 PM': the month first"
    assert (post.published, post.warnings) == (NOON, (guess,))


# --- links ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("/a/1.html", "http://e.com/a/1.html"),
        ("a/1.html", "http://e.com/a/1.html"),
        ("?id=1", "http://e.com/?id=1"),
        ("//f.com/1", "http://f.com/1"),
        ("www.f.com/1", "http://www.f.com/1"),
        ("f.gov.cn/1", "http://f.gov.cn/1"),
        (" http://f.com/a b.html\n", "http://f.com/a%20b.html"),
        ("http://f.com/\n   a.html", "http://f.com/a.html"),
        ("http://f.com/税务/公告.html", "http://f.com/税务/公告.html"),
        ("http://f.com/?a=1&amp;b=2", "http://f.com/?a=1&b=2"),
        ("http:\\\\f.com\\1", "http://f.com/1"),
        ("http://f.com/?a=1&amp;amp;b=2&#38;c", "http://f.com/?a=1&b=2&c"),
        ("http:/f.com/1", "http://f.com/1"),
        ("http//f.com/1", "http://f.com/1"),
        ("http：//f.com/1", "http://f.com/1"),
        ("ｈｔｔｐｓ：／／f.com/1", "https://f.com/1"),
        ("http:// f.com/1", "http://f.com/1"),
        ("HTtp://f.com/A", "http://f.com/A"),
        ("\u200b《http://f.com/1》\u202c", "http://f.com/1"),
        ("http://[2001:db8::1]:8080/a b", "http://[2001:db8::1]:8080/a%20b"),
        ("http://税务.中国/公告", "http://税务.中国/公告"),
        ("http://user:secret@f.com/@a", "http://f.com/@a"),
        ("http://f.gov.cn@g.com/1", "http://g.com/1"),
        ("http://f.com:80a/", None),
        ("http://f.com:99999/", None),
        ("http://.", None),
        ("http://f .com/", None),
        ("\x01javascript:alert(1)", None),
        ("", None),
        ("#top", None),
        ("http://[", None),
        ("javascript:void(0)", None),
        ("mailto:a@e.com", None),
    ],
)
def test_a_link_is_resolved_as_on_the_site(link: str, address: str | None) -> None:
    assert resolved(link, ["", "http://e.com/"]) == address


@pytest.mark.parametrize(
    ("head", "more", "address"),
    [
        ("<link>http://e.com/news/</link>", "<link>a.html</link>", "http://e.com/news/a.html"),
        ("<link>/</link>", "<link>a.html</link>", "http://feeds.e.com/rss/a.html"),
        ("", "<link>/a.html</link>", "http://feeds.e.com/a.html"),
        ("", "<link>//f.com/a</link>", "http://f.com/a"),
        ("", "<link><![CDATA[ http://f.com/a b ]]></link>", "http://f.com/a%20b"),
        ("", "<guid>http://f.com/g</guid>", "http://f.com/g"),
        ("", "<link></link><guid>http://f.com/g</guid>", "http://f.com/g"),
        ("", "<link />\n<guid isPermaLink='true'>http://f.com/g</guid>", "http://f.com/g"),
        ("", "<guid>17</guid>", None),
        ("", '<guid isPermaLink="false">http://f.com/g</guid>', None),
    ],
)
def test_an_items_link_is_resolved_against_the_channels_else_the_feeds(
    head: str, more: str, address: str | None
) -> None:
    (post,) = posts(rss(item(more=more), head=head))
    assert post.url == address


@pytest.mark.parametrize(
    ("base", "address"),
    [("http://f.com/x/", "http://f.com/x/1"), ("x/", "http://e.com/x/1")],
)
def test_an_items_own_base_comes_first(base: str, address: str) -> None:
    feed = rss(item(more="<link>1</link>")).replace("<item>", f'<item xml:base="{base}">')
    assert [post.url for post in posts(feed)] == [address]


# --- encodings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "encoding", "content_type", "warning"),
    [
        ("utf-8", "utf-8", "text/xml", None),
        ("utf-8", "utf-8-sig", "text/xml; charset=gbk", None),
        ("utf-8", "utf-8", "text/html; charset=iso-8859-1", None),
        ("gb2312", "gb18030", "text/xml", None),
        ("gb2312", "gb18030", "text/xml; charset=utf-8", None),
        ("utf-8", "gb18030", "text/xml; charset=gbk", None),
        ("utf-8", "gb18030", "text/xml", "declared as utf-8, read as gb18030"),
        ("x-none", "gb18030", "", "no encoding declared, read as gb18030"),
        ("utf-8", "gb18030", "text/xml; charset=iso-8859-1",
         "declared as iso8859-1, read as gb18030"),
        ("gbk", "utf-8", "text/xml", "declared as gb18030, read as utf-8"),
        ("big5", "big5", "text/xml", None),
        ("utf-8", "big5", "text/xml", "declared as utf-8, read as big5hkscs"),
        ("gb2312", "big5", "text/xml", "declared as gb18030, read as big5hkscs"),
        ("big5", "gb18030", "text/xml", "declared as big5hkscs, read as gb18030"),
        ("utf-16", "utf-16", "text/xml", None),
        ("utf-16", "utf-16-le", "text/xml", None),
        ("utf-16", "utf-16-be", "application/xml; charset=utf-8", None),
    ],
)  # fmt: skip
def test_a_feed_is_read_in_the_encoding_that_it_is_in(
    declared: str, encoding: str, content_type: str, warning: str | None
) -> None:
    text = "稅務局公告：朱鎔基路辦稅" if "big5" in encoding else "税务局公告：朱镕基路喆某补税"
    feed = rss(item(text, text, "<pubDate>2022-05-06</pubDate>"), encoding=declared)
    if "big5" in encoding:
        feed = feed.replace("青溪税讯", "青溪")
    (post,) = posts(feed.encode(encoding), content_type)
    assert (post.title, words(post)) == (text, [text])
    assert post.warnings == ((warning,) if warning else ())


def test_half_a_character_costs_no_other() -> None:
    data = rss(item(more="<pubDate>2022-05-06</pubDate>")).encode()
    (post,) = posts(data.replace("公告".encode(), "公告".encode()[:-1]))
    assert (post.title, words(post)) == ("青溪公\ufffd", [TEXT])
    assert post.warnings == ("declared as utf-8, read as utf-8 but for 1 bytes",)


def test_bytes_of_no_encoding_are_refused() -> None:
    assert decoded(bytes(range(128, 256)) * 4, "text/xml; charset=utf-8") is None
    with pytest.raises(SourceError, match="in no known encoding"):
        posts(b"<rss>" + bytes(range(128, 256)) * 4)


# --- markup ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "paragraphs"),
    [
        ("甲公司A&B补税&nbsp;&ldquo;完&rdquo;", ["甲公司A&B补税 “完”"]),
        ("甲&amp;lt;6%", ["甲<6%"]),
        ("甲\x0b公&#11;司&#x0;", ["甲公司"]),
        ("&lt;p&gt;一&lt;/p&gt;&lt;p&gt;二&lt;/p&gt;", ["一", "二"]),
        ("&amp;lt;p&amp;gt;一&amp;lt;/p&amp;gt;&amp;lt;p&amp;gt;二&amp;amp;nbsp;三&amp;lt;/p&amp;gt;",
         ["一", "二 三"]),
        ("<![CDATA[&lt;p&gt;一。&lt;/p&gt;&lt;br/&gt;二 & 三]]>", ["一。", "二 & 三"]),
        ("<![CDATA[<p>一 &amp;nbsp;二</p><script>x()</script>]]>", ["一 二"]),
        ("税率 <6% 的", ["税率 <6% 的"]),
        (f"甲&#{'9' * 5000};乙", ["甲乙"]),
        (f"甲&amp;#{'9' * 5000};乙", ["甲乙"]),
        (f"<![CDATA[&lt;p&gt;甲&#{'9' * 5000};乙]]>", ["甲乙"]),
        ("单号#202205060001", ["单号#202205060001"]),
    ],
)  # fmt: skip
def test_text_is_shown_as_it_was_meant(written: str, paragraphs: list[str]) -> None:
    (post,) = posts(rss(item("<![CDATA[甲 <乙> &amp;amp; 丙]]>", written)))
    assert (post.title, words(post)) == ("甲 <乙> & 丙", paragraphs)


def test_an_atom_entry_in_xhtml_is_read() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://e.com/base/"><title>青</title>'
        '<entry><title type="html">甲&lt;b&gt;乙&lt;/b&gt; &amp;amp; 丙</title><id>tag:1</id>'
        '<link rel="self" href="s.xml"/><link href="1.html"/><updated>2022-05-06 12:00</updated>'
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>补<b>1</b>万。</p>'
        "</div></content></entry></feed>"
    )
    (post,) = posts(feed)
    assert (post.title, post.url, words(post)) == (
        "甲乙 & 丙", "http://e.com/base/1.html", ["补1万。"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["rot13", "hex", "base64", "zlib", "undefined", "nonsense", "punycode"]
)
def test_a_declared_encoding_that_makes_no_text_is_none(name: str) -> None:
    for text in (rss(item()), rss(item("news", "x" * 99_999 + "-" + "ca" * 99_999))):
        assert len(posts(text, f"text/xml; charset={name}")) == 1


@pytest.mark.parametrize("content_type", ["text/xml", "application/rss+xml", "text/html", ""])
def test_a_feed_without_items_is_one(content_type: str) -> None:
    assert posts("\n\n " + rss(""), content_type) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<!DOCTYPE html><html><head><title>安全验证</title>", 'a web page called "安全验证"'),
        ('<?xml version="1.0"?>\n<!-- x --><html>', "a web page;"),
        ('{"version": "https://jsonfeed.org/version/1"}', "JSON, not RSS or Atom"),
        (" ", "it is empty"),
        ("系统维护中，请稍后访问", "no XML"),
        ("\0\0", "no XML"),
        ("<div>系统维护中</div>", "a web page;"),
        ("<meta charset='utf-8'><title>拦截</title>", 'a web page called "拦截"'),
        ("<script>location='/'</script>", "a web page;"),
        ("<opml/>", "neither RSS nor Atom"),
    ],
)
def test_what_is_no_feed_is_named(text: str, what: str) -> None:
    with pytest.raises(SourceError) as caught:
        posts(text)
    assert str(caught.value).startswith(f"{FEED}: not a feed ({what}")


@pytest.mark.parametrize(
    "tail",
    [
        'The post <a href="/1">青溪公告</a> appeared first on <a href="/">青溪税讯</a>.',
        '<a href="/1">青溪公告</a>最先出现在<a href="/">青溪税讯</a>。',
        '文章 <a href="/1">《青溪公告》</a> 最先出现在 <a href="/">青溪税讯</a>。',
        '<a href="/1">阅读全文 &raquo;</a>',
        '<a href="/1">[点击查看原文]</a>',
        '<a href="/1">Continue reading <span>青溪公告</span> &rarr;</a>',
    ],
)
def test_what_a_program_writes_under_each_entry_is_no_text(tail: str) -> None:
    (post,) = posts(rss(item(text=f"<![CDATA[<p>{TEXT}</p><p>{tail}</p>]]>")))
    assert words(post) == [TEXT]


@pytest.mark.parametrize("text", ["这一做法最先出现在青溪市。", "文章最先出现在青溪市。"])
def test_what_is_told_of_where_a_thing_first_appeared_is_text(text: str) -> None:
    assert [words(post) for post in posts(rss(item(text=text)))] == [[text]]


def test_an_entry_is_another_once_entries_are_read_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = rss(item()).encode()
    (before,) = feeds.parse(data, "text/xml", FEED)
    monkeypatch.setattr(feeds, "VERSION", feeds.VERSION + 1)
    (after,) = feeds.parse(data, "text/xml", FEED)
    assert after == replace(before, digest=after.digest)
    assert after.digest != before.digest


# --- which entry ----------------------------------------------------------------------


def test_items_that_share_an_id_are_told_apart() -> None:
    home = "<guid>http://e.com/</guid>"
    feed = rss(item("甲", "一。", home) + item("乙", "二。", home) + item("甲", "一。", home))
    assert [words(post) for post in posts(feed)] == [["一。"], ["二。"]]


def test_items_without_title_link_or_id_are_told_apart() -> None:
    feed = rss("<item><description>一。</description></item><item><title>二</title></item>")
    feed = feed.replace("</channel>", "<item><title>三</title></item></channel>")
    assert [(post.title, words(post)) for post in posts(feed)] == [
        (None, ["一。"]), ("二", []), ("三", []),
    ]  # fmt: skip


def test_of_an_item_twice_the_first_is_taken() -> None:
    same = "<guid>http://e.com/1</guid>"
    feed = rss(item("甲", "新。", same) + item("甲", "旧。", same))
    assert [words(post) for post in posts(feed)] == [["新。"]]


def test_an_endless_item_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST", 100)
    long, short = feeds.parse(rss(item("长", "税" * 101) + item()).encode(), "", FEED)
    assert long.outcome == Problem("too large", "more than 100 characters")
    assert isinstance(short.outcome, Post)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("<a" + "".join(f" a{i}='>'" for i in range(50_000)) + "/>", "200 attributes"),
        ("".join(f"<category>{i}</category>" for i in range(20_000)), "2,000 categories"),
        ("".join(f"<dc:subject>{i}</dc:subject>" for i in range(20_000)), "2,000 categories"),
        ("</item><item>" * 20_000, "20,000 entries"),
    ],
    ids=["attributes", "categories", "subjects", "entries"],
)
def test_a_feed_that_takes_minutes_to_read_is_refused(more: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        posts(rss(item(more=more)))


@pytest.mark.parametrize(
    "text",
    ["<!--a-->" * 200 + "<x/>", "<html>" + "<title" * 50_000],
    ids=["comments", "titles"],
)
def test_what_is_no_feed_is_soon_known(text: str) -> None:
    started = time.process_time()
    with pytest.raises(SourceError, match="not a feed"):
        posts(text)
    assert time.process_time() - started < 5


def test_a_feed_of_blanks_without_a_declaration_is_soon_read() -> None:
    text = rss(" " * 200_000 + item()).partition("?>")[2]
    started = time.process_time()
    assert len(posts(text)) == 1
    assert time.process_time() - started < 5


def test_a_reference_to_no_character_hidden_in_another_costs_no_entry() -> None:
    twice = "&amp;lt;p&amp;gt;" * 3 + "&amp;amp;lt;p&amp;amp;gt;" * 9
    hidden = f"{twice}&amp;#38;#{'9' * 6_000};{TEXT}"
    assert [words(post) for post in posts(rss(item(text=hidden) + item("另一则")))][1] == [TEXT]
