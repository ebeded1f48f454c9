"""The parser: golden files whole, small inputs, and whatever text may come."""

import json
import os
import time
import unicodedata
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.errors import NotAPost
from corpus.reading import posts
from corpus.reading.post_files import decode, load, parse
from corpus.reading.posts import Paragraph, Post

GOLDEN = sorted((Path(__file__).parents[2] / "posts").glob("*.md"))
FRONT = '---\nlayout: post\ntitle: "题目"\ndate: 2022-05-06 07:08:09 +0800\n{}---\n'
NAME = "2022-05-06-202205060000000001.md"


def post_of(body: str, *, keys: str = "categories: emnews\ntags: 新闻\n", name: str = NAME) -> Post:
    return parse(FRONT.format(keys) + body, name=name)


def texts(body: str) -> list[str]:
    return [paragraph.text for paragraph in post_of(body).paragraphs]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_post_reads_as_the_file_beside_it_says(path: Path) -> None:
    post = load(path)
    reading = json.loads(json.dumps({**asdict(post), "published": str(post.published)}))
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    expected["published"] = str(expected["published"]).replace("T", " ")
    assert reading == expected


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) >= 14


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2022-01-02 03:04:05 +0800", "2022-01-02T03:04:05+08:00"),
        ("2022-01-02 03:04:05", "2022-01-02T03:04:05+08:00"),
        ("2022-01-02 03:04:05 -0330", "2022-01-02T03:04:05-03:30"),
        ("2022-01-02T03:04:05Z", "2022-01-02T03:04:05+00:00"),
        ("2022-01-02T03:04:05.678+00:00", "2022-01-02T03:04:05+00:00"),
        ("2022-01-02 03:04:05 UTC", "2022-01-02T03:04:05+00:00"),
        ('"2022-01-02 03:04"', "2022-01-02T03:04:00+08:00"),
        ("2022-1-2", "2022-01-02T00:00:00+08:00"),
    ],
)
def test_a_date_without_a_zone_is_of_china(value: str, expected: str) -> None:
    post = parse(f"---\nlayout: post\ndate: {value}\n---\n正文。", name="a.md")
    assert post.published is not None
    assert (post.published.isoformat(), post.warnings) == (expected, ())


@pytest.mark.parametrize(
    "value",
    [
        "",
        " +0800",
        "2022-02-30 01:00:00",
        "2022-01-02 25:00:00",
        "0001-01-01 00:00:00 +1400",  # before the year 1 in China
        "9999-12-31 23:59:59 -1200",
        "01-02 03:04",
        "昨天",
    ],
)
def test_an_unusable_date_gives_way_to_the_day_in_the_file_name(value: str) -> None:
    text = f"---\nlayout: post\ndate: {value}\n---\n正文。"
    with_day = parse(text, name="/site/_posts/2022-05-06-x.md")
    assert with_day.published is not None
    assert with_day.published.isoformat() == "2022-05-06T00:00:00+08:00"
    assert with_day.warnings == (f"no usable date ({value.strip()!r}): the file name's day taken",)
    without = parse(text, name="x.md")
    assert (without.published, without.warnings) == (None, (f"no usable date ({value.strip()!r})",))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"减税"降费""', '减税"降费"'),
        ('"甲: 乙"', "甲: 乙"),
        ('"C:\\税"', "C:\\税"),
        ("无引号", "无引号"),
        ('"', '"'),
        ('""', None),
        ('"　"', None),
        ("", None),
        ('"前\u2028后"', "前 后"),
        ('"ＡＢ％　１２\u200b"', "ＡＢ％ １２"),
        ('"𠮷😀"', "𠮷😀"),
        ("[快讯] 甲", "[快讯] 甲"),
        ('["甲", "乙"]', "甲 乙"),
        ("~", None),
        ("null", None),
        ('"A&amp;B&nbsp;&ldquo;甲&rdquo;"', "A&B “甲”"),
        ('"甲&乙 <b>丙</b>"', "甲&乙 丙"),
        ('"《<增值税法>解读》 a < b"', "《<增值税法>解读》 a < b"),
    ],
)
def test_a_title_is_read_as_the_page_shows_it(written: str, expected: str | None) -> None:
    post = parse(f"---\nlayout: post\ntitle: {written}\n---\n正文。", name="a.md")
    assert post.title == expected


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (
            "<http://finance.eastmoney.com/news/1350,202112082207168450.html>",
            "http://finance.eastmoney.com/news/1350,202112082207168450.html",
        ),
        ("<https://hk.eastmoney.com/a/1.html>  ", "https://hk.eastmoney.com/a/1.html"),
        ("<>", None),
        ("", None),
        ("<ftp://example.com/a>", None),
        ("<http://e.com/a b.html>", "http://e.com/a%20b.html"),
        ("< http://e.com/税务.html?a=1&amp;b=2 >", "http://e.com/税务.html?a=1&b=2"),
        ("<//e.com/1>", "http://e.com/1"),
        ("<http://e.com:port/>", None),
    ],
)
def test_the_link_line_is_the_source(link: str, url: str | None) -> None:
    post = post_of(f"<p>正文。</p>\n\n{link}\n\n[返回首页](//example.com/)")
    assert (post.url, post.paragraphs) == (url, (Paragraph(None, "正文。"),))


@pytest.mark.parametrize(
    ("name", "link", "expected"),
    [
        (NAME, "<http://e.com/1350,202112082207168450.html>", "202112082207168450"),
        (NAME, "<http://e.com/?infoCode=NW202112082207168450>", "202112082207168450"),
        (NAME, "<>", "202205060000000001"),
        ("2022-05-06-NW202205060000000001.md", "<http://e.com/1>", "202205060000000001"),
        ("-202205060000000001.md", "", "202205060000000001"),
        ("/123456789012345678/x.md", "", "xa353ea0c2a6c48bd4"),
        ("1234567890123456789.md", "", "xa353ea0c2a6c48bd4"),  # 19 digits are no code
        ("１２３４５６７８９０１２３４５６７８.md", "", "xa353ea0c2a6c48bd4"),
    ],
)
def test_the_id_is_the_code_of_the_link_else_of_the_name_else_a_hash(
    name: str, link: str, expected: str
) -> None:
    assert post_of(f"<p>正文。</p>\n\n{link}", name=name).id == expected


def test_the_hash_is_of_title_and_text_alone() -> None:
    one = post_of("<p>正文。</p>", name="a.md")
    other = post_of("<p>　正文。<br/></p>", keys="categories: x\n", name="b.md")
    assert one.id == other.id
    assert one.id != post_of("<p>正文！</p>", name="a.md").id


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>上海<span id='a'><a href='/?x&y'>证</a>券</span>报</p>", ["上海证券报"]),
        ("<p>甲&nbsp;乙&amp;nbsp;丙&nbsp;</p>", ["甲 乙&nbsp;丙"]),
        ("<p>前 &#8203;</p><p>&#8203; 后</p>", ["前", "后"]),
        ("<p>&#8203;</p><p> 　\u00a0</p><p></p>", []),
        ("<p>&#xD800;甲&#0;</p>", ["\ufffd甲\ufffd"]),
        ("<p>5 < 7，6<7，甲<乙。</p>", ["5 < 7，6<7，甲<乙。"]),
        ("<p>一行\n接一行，and\nEnglish。</p>", ["一行接一行，and English。"]),
        ("甲。\n乙。", ["甲。", "乙。"]),
        ("（只有括号）", ["（只有括号）"]),
        ("<p>甲。<br>乙。</p>", ["甲。", "乙。"]),
        ("<p>甲</b>。</p></p>乙。", ["甲。", "乙。"]),
        ("> 一\n> 二。\n\n", ["一二。"]),
        ("> 《&lt;约&gt;》<strong>生效</strong>。（青溪社）", ["《<约>》生效。"]),
        ("> 甲乙丙丁。\n\n<p>丙丁。</p>", ["甲乙丙丁。", "丙丁。"]),
        ("> 甲乙丙丁。\n\n<p>某某甲乙丙丁。戊。</p>", ["某某甲乙丙丁。戊。"]),
        ("<p>正文。</p>\n> 引文在后。", ["正文。", "引文在后。"]),
        ("<p>5月。（数据来源：青溪）</p>", ["5月。（数据来源：青溪）"]),
        ("<p>（声明：本文仅供参考）</p><p>正文。</p>", ["正文。"]),
        ("<p style='DISPLAY: none'>藏</p><p>见。</p>", ["见。"]),
        ("<div style='display:none'>藏<div>也藏</div></div><p>见。</p>", ["见。"]),
        ("<p hidden>藏</p><div hidden=''>藏</div><p>见。</p>", ["见。"]),
        ("<div hidden><p>没关上。</p><p>见。</p>", ["没关上。", "见。"]),
        ("<div style='visibility:hidden'><p>脚本来之前。</p></div>", ["脚本来之前。"]),
        ("<p>应补<del>30</del><s>35</s><ins>40</ins>万元。</p>", ["应补40万元。"]),
        ("<p>应补<s>40万元。</p>", ["应补40万元。"]),
        (
            "<p>一。</p><div style='display:none'><p>没关上。</p><p>见。</p>",
            ["一。", "没关上。", "见。"],
        ),
        ("<!-- EM_StockImg_Start --><p>图</p><!-- EM_StockImg_End --><p>文。</p>", ["文。"]),
        ("<!-- EM_StockImg_Start --><p>没有收尾的图。</p>", ["没有收尾的图。"]),
        ("<p>İ。</p><script>x</script><p>后。</p><SCRIPT>", ["İ。", "后。"]),
        ("<p>若a<b则，x<y。</p><p>后。</p>", ["若a<b则，x<y。", "后。"]),
        (
            "<p>当 n<N 时，a<b 则x<y and z>0。</p><p>后。</p>",
            ["当 n<N 时，a<b 则x<y and z>0。", "后。"],
        ),
        ("<p>前<img alt='税率<3%'>后。</p><p>末<img src='a", ["前后。", "末"]),
        ("<p>见 <https://e.com/a> 网页。</p>", ["见 https://e.com/a 网页。"]),
        ("<p>前。<![CDATA[<p>甲。</p>]]>后。</p>", ["前。", "甲。", "后。"]),
        ("<pre>一行\n二行。\n</pre>", ["一行", "二行。"]),
        ("<p>税额<math><mi>x</mi><mo>=</mo><mn>5</mn></math>元。</p>", ["税额x=5元。"]),
        ("<p>甲<o:p></o:p><x-tag>乙</x-tag>。</p>", ["甲乙。"]),
        ("<p><ruby>税<rp>(</rp><rt>shuì</rt><rp>)</rp></ruby>务。</p>", ["税务。"]),
        ("<svg><title>标</title><text>图</text></svg><p>文。</p>", ["文。"]),
        ("<select><option>字体大</option></select><p>文。</p>", ["文。"]),
        ("<p>10<sup>4</sup>元，m<sup>2</sup>，注<sup>[1]</sup>。</p>", ["10⁴元，m²，注[1]。"]),
        (
            "<table><tr><td><p>级数</p></td><td><p>税率</p></td></tr><tr><td><p>1</p></td>"
            "<td><p>3%</p></td></tr></table><p>后。</p>",
            ["级数 税率", "1 3%", "后。"],
        ),
        ("<table><tr><td><p>甲。</p><p>乙。</p></td></tr></table>", ["甲。", "乙。"]),
        (
            "<table><tr><td>导航</td><td>" + f"<p>{'长' * 300}。</p>" * 2 + "</td></tr></table>",
            ["导航", "长" * 300 + "。", "长" * 300 + "。"],
        ),
    ],
)
def test_the_body_becomes_paragraphs(body: str, expected: list[str]) -> None:
    assert texts(body) == expected


SENTENCE = "某某公司少缴税款共计一百余万元。”"


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE * 300,
        "逗号，" * 2_000,
        "无标点" * 2_000,
        "短。" * 500 + "长" * 5_000 + "。" + SENTENCE * 90,
        "english words " * 500 + "end.",
        "。" * 9_000,
        "”" * 4_500 + "甲。",
        "《" + SENTENCE * 117,
    ],
)
def test_an_endless_paragraph_is_divided_and_loses_nothing(text: str) -> None:
    parts = texts(f"<p>{text}</p>")
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert max(map(len, parts)) <= posts.LONGEST_PARAGRAPH
    assert len(parts) <= 2 + 2 * len(text) // posts.LONGEST_PARAGRAPH


def test_an_endless_paragraph_is_divided_at_the_ends_of_sentences() -> None:
    parts = texts(f"<p>{SENTENCE * 300}</p>")
    assert [part[-2:] for part in parts] == ["。”"] * len(parts)
    whole = SENTENCE * (posts.LONGEST_PARAGRAPH // len(SENTENCE))
    assert texts(f"<p>{whole}</p>") == [whole]


def test_an_endless_heading_is_text() -> None:
    post = post_of(f"<h2>{'税' * 100_000}</h2>" + "<p>甲。</p>" * 100)
    assert {paragraph.heading for paragraph in post.paragraphs} == {None}
    assert sum(len(paragraph.text) for paragraph in post.paragraphs) == 100_200


@pytest.mark.parametrize(
    ("body", "medium"),
    [
        ("<p>甲。</p><p class='em_media'>（文章来源：青溪税报）</p>", "青溪税报"),
        ("<p>甲。（文章来源：青溪税报）</p>", "青溪税报"),
        ("<p>甲。</p><p>(来源: 青溪 APP )</p>", "青溪 APP"),
        ("<p>甲。</p><p>（文章来源：青溪国际（香港））</p>", "青溪国际（香港）"),
        ("<p>甲。</p><p>（文章来源：）</p>", None),
        ("> 甲。（青溪社）", "青溪社"),
        ("甲。（青溪社）", "青溪社"),
        ("> 甲。（青溪证券(香港)）", "青溪证券(香港)"),
        ("> （青溪社）\n\n<p>甲。</p>", "青溪社"),
        ("> 甲。（青溪社）\n\n<p>乙。</p><p>（文章来源：青溪税报）</p>", "青溪税报"),
        ("<p>甲。</p>", None),
    ],
)
def test_the_closing_line_names_the_medium(body: str, medium: str | None) -> None:
    post = post_of(body)
    assert post.source == medium
    assert post.paragraphs[0] == Paragraph(None, "甲。")


def test_the_tag_names_the_medium_of_a_post_without_a_closing_line() -> None:
    assert post_of("甲。", keys="categories: qx\ntags: 青溪新闻新闻\n").source == "青溪新闻"
    assert post_of("甲。", keys="categories: \ntags: 新闻\n").source is None


@pytest.mark.parametrize(
    ("blocks", "headings"),
    [
        ("<p>小标题</p><p>正文。</p>", ["小标题"]),
        ("<p>上半句</p><p>下半句</p><p>正文。</p><p>又文。</p>", ["上半句 下半句"] * 2),
        ("<p>正文。</p><p>小标题</p>", [None, None]),
        ("<p>甲</p><p>乙</p><p>丙</p><p>丁</p><p>正文。</p>", [None] * 5),
        ("<p><strong>退多少，怎么退？</strong></p><p>正文。</p>", ["退多少，怎么退？"]),
        ("<p><b>正</b>文加粗一半</p><p>正文。</p>", ["正文加粗一半"]),
        ("<p><b>整句加粗的话。</b></p><p>正文。</p>", [None, None]),
        ("<p>1、列项</p><p>（二）列项</p><p>● 列项</p><p>正文。</p>", [None] * 4),
        ("<p>2022</p><p>正文。</p>", [None, None]),
        ("<p style='text-align:center'>居中的话</p><p>正文。</p>", [None, None]),
        ("<h2>一、题</h2><p>正文。</p>", ["一、题"]),
        ("<div>不是段落</div><p>正文。</p>", [None, None]),
    ],
)
def test_short_lines_head_what_follows(blocks: str, headings: list[str | None]) -> None:
    assert [p.heading for p in post_of(blocks).paragraphs] == headings


@pytest.mark.parametrize(
    "opened",
    """<!-- <!-- x --!> <!foo <?php <![CDATA[ <script> <style> <iframe> <noscript> <title>
    <textarea> <xmp> <plaintext> <noembed> <noframes> <svg> <math> <select><option> <table><tr><td>
    <rt> <rp> <sup> <svg/> <o:p>
    <video> <object> <template> <frameset> <head> </body></html> <ul><li> <blockquote>
    <!--EM_StockImg_Start--> <!-- EM_StockImg_End -->""".split(),
)
def test_nothing_left_open_hides_what_follows(opened: str) -> None:
    assert texts(f"<p>前文。</p>{opened}<p>后文。</p>\n<p>尾文。</p>")[-2:] == ["后文。", "尾文。"]


@pytest.mark.parametrize(
    "repeated",
    [
        "<div>",
        "<p>",
        "<b>",
        "<b ",
        "<a b=",
        "<table>",
        "<table><tr><td>",
        "<!--",
        "<script>",
        "&amp;",
        "<",
        "（来源：",
        "> ",
    ],
)
def test_a_hundred_thousand_of_anything_are_survived(repeated: str) -> None:
    assert "尾文。" in "".join(texts(100_000 * repeated + "\n<p>尾文。</p>"))


def test_line_ends_of_any_system_read_alike() -> None:
    text = FRONT.format("categories: emnews\n") + "<p>甲。</p>\n<p>乙。</p>\n"
    expected = parse(text, name=NAME)
    assert parse(text.replace("\n", "\r\n"), name=NAME) == expected
    assert parse(text.replace("\n", "\r"), name=NAME) == expected
    assert parse("\ufeff\n \n" + text, name=NAME) == expected


def test_other_line_separators_do_not_end_a_line_of_the_front_matter() -> None:
    post = parse('---\nlayout: post\ntitle: "甲\x85乙\u2029丙\x0c丁"\n---\n正文。', name="a.md")
    assert post.title == "甲乙 丙丁"


def test_what_is_no_file_is_no_post_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    for path in (tmp_path / "pipe.md", Path("/dev/zero")):
        with pytest.raises(NotAPost, match="not a regular file"):
            load(path)
    with pytest.raises(IsADirectoryError):
        load(tmp_path)
    (tmp_path / "self.md").symlink_to(tmp_path / "self.md")
    with pytest.raises(OSError, match="symbolic links"):
        load(tmp_path / "self.md")


def test_lone_surrogates_and_controls_vanish() -> None:
    assert texts("<p>\ud83d甲\x07乙\x00\u202e。</p>") == ["甲乙。"]


@pytest.mark.parametrize("first", ["<p>正文。</p>", "> 正文。"])
def test_front_matter_without_its_end_does_not_swallow_the_body(first: str) -> None:
    post = parse(f"---\nlayout: post\ntitle: x\n什么\n{first}\n", name="a.md")
    assert post.paragraphs == (Paragraph(None, "正文。"),)
    assert post.warnings[:2] == (
        "a line in the front matter without a key",
        "front matter without a closing ---",
    )


@pytest.mark.parametrize(
    ("keys", "title", "date", "category", "tags"),
    [
        ("title: '甲''乙'\ncategories: [qx, 税]\ntags: [甲, '乙']", "甲'乙", None, "qx", "甲乙"),
        ("title: 甲\ntags:\n- 甲\n- \"乙\"\ndate: 2022-01-02", "甲", 2, None, "甲乙"),
        ("title: 甲\ntags:\n  - 甲\n  - 乙\ncategories:\n  - qx", "甲", None, "qx", "甲乙"),
        ("title: >-\n  甲\n  乙\ndate: 2022-01-02", "甲 乙", 2, None, ""),
        ('title: "甲\n  乙"', "甲 乙", None, None, ""),
        ("# 注\ntitle: 甲\ndate: 2022-01-02 # 注\ncategories: qx # 注", "甲", 2, "qx", ""),
        ("Title：甲\nDATE : 2022-01-02", "甲", 2, None, ""),
        ('title:\t"甲"\n\tdate:\t2022-01-02', "甲", 2, None, ""),
        ("title: 甲: 乙: 丙\nlast-modified: 2020\nimage: a.png", "甲: 乙: 丙", None, None, ""),
        ("title: 2022", "2022", None, None, ""),
        ("title: 甲\ncategory: qx\ntag: 乙", "甲", None, "qx", "乙"),
        ("title: 甲\ncategories: [qx,\n  税]\ntags: ['乙, 丙']", "甲", None, "qx", "乙, 丙"),
        ('title: "\\u7532\\"\\u4E59\\"\\\n  \\u4E19"', "甲\"乙\"丙", None, None, ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["layout: post", "layout:post", "Layout: 'Post' # 注"])
def test_the_front_matter_of_any_editor_is_read(
    layout: str, keys: str, title: str, date: int | None, category: str | None, tags: str
) -> None:
    post = parse(f"---\n{layout}\n{keys}\n---\n正文。", name="a.md")
    day = post.published.day if post.published else None
    assert (post.title, day, post.category, "".join(post.tags)) == (title, date, category, tags)
    assert post.paragraphs == (Paragraph(None, "正文。"),)
    assert post.warnings == (() if date else ("no usable date ('')",))


def test_of_a_key_that_stands_twice_the_first_is_taken_with_a_warning() -> None:
    post = parse("---\nlayout: post\ntitle: 甲\ntitle: 乙\n---\n正文。", name="a.md")
    assert post.title == "甲"
    assert post.warnings[0] == "title stands twice: the first is taken"


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        (r"""["甲, \"乙\"", '丙''s, 丁', 戊]""", ('甲, "乙"', "丙's, 丁", "戊")),
        ("""['90s, '80s, 5"屏, 6"屏]""", ("'90s", "'80s", '5"屏', '6"屏')),
    ],
)
def test_quotes_hold_together_what_they_stand_around(written: str, tags: tuple[str, ...]) -> None:
    post = parse(f"---\nlayout: post\ntitle: 甲\ntags: {written}\n---\n正文。", name="a.md")
    assert post.tags == tags


@pytest.mark.parametrize("entry", ["\"',", "''',", '"",', '\\"'])
def test_a_hundred_thousand_quotes_in_a_list_are_survived(entry: str) -> None:
    text = f"---\nlayout: post\ntags: [{entry * 100_000}]\n---\n正文。"
    started = time.process_time()
    assert parse(text, name="a.md").paragraphs == (Paragraph(None, "正文。"),)
    assert time.process_time() - started < 10


def test_what_an_escape_may_stand_for_is_printed_text() -> None:
    hidden = "\\u202e\\ud83d\\x00\\u2028\\x0a\\U00110000<b>"
    post = parse(
        f'---\nlayout: post\ntitle: "甲{hidden}"\ntags: ["乙{hidden}"]\n---\n文。', name="a"
    )
    assert (post.title, post.tags) == ("甲", ("乙  <b>",))


def test_a_merge_key_of_yaml_is_no_markup_with_which_the_body_begins() -> None:
    post = parse("---\nlayout: post\n<<: *all\ntitle: 甲\n---\n正文。", name="a.md")
    assert (post.title, post.paragraphs) == ("甲", (Paragraph(None, "正文。"),))


def test_what_is_nested_in_the_front_matter_is_of_no_key_of_ours() -> None:
    keys = "title: 甲\nauthor:\n  name: 乙\n  date: 2020-01-01\ndate: 2022-01-02"
    post = parse(f"---\nlayout: post\n{keys}\n---\n正文。", name="a.md")
    assert post.published is not None
    assert (post.title, post.published.year) == ("甲", 2022)


@pytest.mark.parametrize("closing", ["", "...\n"])
def test_a_body_in_plain_lines_follows_front_matter_however_it_ends(closing: str) -> None:
    post = parse(f"---\nlayout: post\ntitle: x\n{closing}\n正文：一。\n\n二。\n", name="a.md")
    assert [part.text for part in post.paragraphs] == ["正文：一。", "二。"]


def test_the_markdown_of_an_editor_is_read() -> None:
    post = post_of(
        "# 一、题\n\n见[公告](http://e.com/1)。![图](a.png)\n\n---\n\n## 题二 ##\n\n"
        "| 级数 | 税率 |\n|:--|--:|\n| 1 | 3% |\n"
    )
    assert post.paragraphs == (
        Paragraph("一、题", "见公告。"),
        Paragraph("题二", "级数 税率"),
        Paragraph("题二", "1 3%"),
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("> 一。\n>> 二。\n> > > 三。\n\n四。", ["一。二。三。", "四。"]),
        ("* 一\n- 二\n  + 三\n1. 四", ["一", "二", "三", "1. 四"]),
        ("一。\n```python\n二\n```\n~~~\n三\n~~~", ["一。", "二", "三"]),
        ("正文[^1]说。\n\n[^1]: 脚注。", ["正文说。", "脚注。"]),
        ("见[甲][1]与[乙][]。\n\n[1]: http://e.com/1 \"甲\"\n[乙]: /2", ["见甲与乙。"]),
        ("见[财税〔2016〕36号][有效]。", ["见[财税〔2016〕36号][有效]。"]),
        ("见[甲][1]，[2024][15]号[注1][注2]。\n[1]: /1", ["见甲，[2024][15]号[注1][注2]。"]),
        ('见[甲](http://e.com/a_(b).html)、[乙](/2 "题")、[丙]( /3 )。', ["见甲、乙、丙。"]),
        ("[![图 (1)](a_(1).png)](http://e.com)一。", ["一。"]),
        ("**重点**：`13%`的~~旧~~税率，\\*不含\\*。", ["重点：13%的税率，*不含*。"]),
        ("张**、李**和王**等人，*ST甲、*ST乙，10~~20元。",
         ["张**、李**和王**等人，*ST甲、*ST乙，10~~20元。"]),
        ("张**和李**，罚款**万元，加收**。", ["张**和李**，罚款**万元，加收**。"]),
        ("题\n===\n一。\n\n二。\n\n---", ["一。", "二。"]),
        ("一。\n---\n二。", ["一。", "二。"]),
        ("一，\\\n二。", ["一，", "二。"]),
        ("甲，\n乙、\n丙。\n- 丁，\n- 戊", ["甲，乙、丙。", "丁，", "戊"]),
        ("# 一，\n二。", ["二。"]),
        ("1. 一，\n2. 二，\n（三）三，\n1.5倍。", ["1. 一，", "2. 二，", "（三）三，1.5倍。"]),
        ("一。\n\n> [!NOTE]\n> 二。\n\n>50%的部分。", ["一。", "二。", ">50%的部分。"]),
        ("* 目录\n{:toc}\n\n- [x] 一\n\n术语\n: 二。", ["一", "术语", "二。"]),
        ("{:.lead}\n一{:.x}。\n{: #id}\n{::comment}\n注\n{:/comment}\n二。", ["一。", "二。"]),
        ('{% include a.html b="c" %}一{{ page.title }}。\n{% comment %}注{% endcomment %}二。',
         ["一。", "二。"]),
        ("一。\n{% comment %}二。\n三。{:/}", ["一。", "二。", "三。"]),
        ("<p>一{% raw %}二{% endraw %}**三**。</p>", ["一二**三**。"]),
    ],
    ids=[
        "quotes", "items", "fences", "footnotes", "references", "no references",
        "some references", "links", "images", "emphasis", "no emphasis", "masks", "underlined",
        "ruled", "broken", "commas", "heading", "numbers", "later quotes", "contents", "kramdown",
        "liquid", "open comments", "html",
    ],
)  # fmt: skip
def test_marks_of_markdown_kramdown_and_liquid_are_no_words(body: str, expected: list[str]) -> None:
    assert texts(body) == expected


def test_what_is_shown_instead_of_a_video_is_no_text() -> None:
    instead = "<video controls src=1.mp4><p>您的浏览器不支持视频</p></video>"
    body = f"<p>一。</p>{instead}<p>二。</p><video src=2><p>三。</p>"
    assert texts(body) == ["一。", "二。", "三。"]


@pytest.mark.parametrize(
    "mark",
    ["[", "**", "~~", "`", "字，\n", "<video>字", "{%", "{{", "{:", "[^", "](", "|", "> ",
     "{::comment}", "{:/}"],
)  # fmt: skip
def test_marks_without_end_are_read_in_time(mark: str) -> None:
    began = time.process_time()
    post_of(mark * 100_000 + "正文。")
    assert time.process_time() - began < 5


def test_a_page_without_a_layout_is_told_what_it_lacks() -> None:
    with pytest.raises(NotAPost) as caught:
        decode("---\ntitle: 甲市提醒\ndate: 2026-03-01\n---\n<p>年报。</p>".encode(), name="坏.md")
    assert str(caught.value) == "坏.md: its front matter lacks layout: post"


def test_a_title_without_text_is_a_post_with_a_warning() -> None:
    post = post_of("<p> </p>")
    assert (post.title, post.paragraphs, post.warnings) == ("题目", (), ("no text",))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\t\n", "empty"),
        (b"---\nlayout: post\n---\n", "empty"),
        (b"# README\n", "no front matter"),
        (b"<html>\n---\nlayout: post\n---\n", "no front matter"),
        (b"---\ntitle: x\n---\ntext", "other layout"),
        (b'---\nlayout: category\ntitle: "x"\n---\n', "other layout"),
        (b"---\nlayout: post\npublished: false\n---\nx", "unpublished"),
        (b"---\nlayout: post\ndraft: true\n---\nx", "unpublished"),
        (b"---\nlayout: post\n---\n\0", "binary"),
        (
            b"---\nlayout: post\n<<<<<<< HEAD\ntitle: a\n=======\ntitle: b\n>>>>>>> x\n---\nc",
            "conflict",
        ),
        ("---\nlayout: post\n---\n正文".encode("gb18030"), "encoding"),
        ("---\nlayout: post\n---\n正文".encode("utf-16"), "encoding"),
        ("---\nlayout: post\n---\n正文".encode("utf-16-le"), "encoding"),
        ("\n---\nlayout: post\n---\n正文".encode("utf-16-be"), "encoding"),
        ("---\nlayout: post\n---\n正文".encode("utf-32-be"), "encoding"),
    ],
)
def test_a_file_that_is_no_post_says_so_and_names_itself(data: bytes, kind: str) -> None:
    with pytest.raises(NotAPost) as caught:
        decode(data, name="坏.md")
    assert caught.value.kind == kind
    assert str(caught.value).startswith("坏.md: ")


def test_whether_the_marks_of_a_merge_are_a_conflict_is_soon_known() -> None:
    started = time.process_time()
    assert post_of("<<<<<<< a\n=======\n" * 2_000).paragraphs
    assert time.process_time() - started < 5


MARKUP = st.sampled_from(
    """<p> </p> <p><strong> </strong> <br/> <!-- --> <!--EM_StockImg_Start--> <!--EM_StockImg_End-->
    <div> </div> <script> </script> <td> <p/style="display:none"> <center> </center> &nbsp; &lt;
    &#8203; （文章来源： ） > < <> [返回]( --- 声明：仅供参考 小标题 正文。 １２％ 稅 😀
    𠮷""".split()
)
BODIES = st.lists(MARKUP | st.sampled_from("\n\r \u200b\x85\u2028\ud800") | st.text(max_size=5))


@given(BODIES.map("".join))
@example("> \u200b \n\n\u200b")
def test_whatever_the_body_the_paragraphs_are_clean_text(body: str) -> None:
    post = post_of(body)
    for paragraph in post.paragraphs:
        for text in (paragraph.text, paragraph.heading or "x"):
            assert text
            assert text == text.strip()
            assert not {"Cc", "Cs"} & {unicodedata.category(c) for c in text}
            assert not set("\u200b\ufeff") & set(text)
    assert post == post_of(body)
    assert post.id == "202205060000000001" or "http" in body


@given(st.text() | BODIES.map("".join), st.text())
@example("---\nlayout: post\ndate: 0001-01-01 00:00 +2359\n---\nx", "0001-01-01")
def test_any_text_is_a_post_or_none(text: str, name: str) -> None:
    for candidate in (text, "---\nlayout: post\n" + text):
        try:
            post = parse(candidate, name=name)
        except NotAPost:
            continue
        assert post.title or post.paragraphs


@given(st.binary())
def test_any_bytes_are_a_post_or_none(data: bytes) -> None:
    with pytest.raises(NotAPost):
        decode(data, name="x.md")


HUGE = {
    "nested": "<div>" * 100_000 + "见。" + "</div>" * 100_000,
    "never closed": "<div>" * 100_000 + "<strong>" * 100_000 + "见。",
    "hidden and never closed": '<div style="display:none">' * 50_000 + "见。",
    "an open comment": "见。<!--" + "x" * 1_000_000,
    "open scripts": "见。" + "<script>" * 100_000,
    "one line": "见" * 1_000_000,
    "only brackets": "见。" + "<" * 500_000,
    "only quotes": "> 见。\n" * 50_000,
    "a comment for each character": "见。" + "<!--" * 200_000,
    "accents": "见e" + "\u0301" * 1_000_000,
}


@pytest.mark.parametrize("body", HUGE.values(), ids=HUGE)
def test_a_post_of_any_shape_and_size_is_read(body: str) -> None:
    assert any("见" in text for text in texts(body))
