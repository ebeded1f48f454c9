"""An `Answer` as Telegram's HTML: what a reader sees, and Telegram's limits."""

import string
import time
from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.answer import Kept, answer_message, numbered_message
from bot.render.links import share_address, web_address
from bot.render.lists import days_message, list_message
from bot.render.message import (
    MESSAGE_LIMIT,
    Message,
    clip,
    inert,
    text_message,
    traditional,
    units,
)
from bot.render.post import context_message, read_message
from bot.render.templates import filled
from bot.render.texts import EN, SMALL_TALK, TEXTS, ZH, Texts, language_of
from corpus.chinese import is_traditional
from corpus.reading.posts import SAMPLE_CATEGORY, Paragraph
from corpus.store.values import Story
from retrieval.answering.answer import Answer, Passage, Related
from retrieval.question.parts import MOST_PARTS
from retrieval.question.small_talk import REPLIES
from tests.support.running_bot import PASSAGE, POST
from tests.support.telegram_server import entities_in, is_web_address, parse_html

TODAY = date(2023, 12, 31)


def answered(*passages: Passage) -> Answer:
    return Answer("问题", confidence=0.9, passages=passages)


def render(answer: Answer, texts: Texts = ZH, *, today: date = TODAY) -> Message:
    return answer_message(answer, texts, today=today)


def test_an_answer_reads_sentence_passage_title_date_medium() -> None:
    message = render(answered(PASSAGE))
    assert message.html == (
        "<b>2021年，广东给287万户次纳税人自动发放了发票。</b>\n"
        "\n"
        "<blockquote>改革在提速。……办税更快了。</blockquote>\n"
        "\n"
        "📰 智慧税务：让“数据多跑路” &lt;“纳税人少跑腿”&gt;\n"
        "2023年2月5日 · 中国税务报"
    )
    assert message.keyboard is not None
    ((button,),) = message.keyboard.inline_keyboard
    assert (button.text, button.url) == ("原文", PASSAGE.url)


LIVE = "找@alice_lin，/ban@other_bot #退税# $USD tg://resolve?domain=x，/start"


def test_what_a_post_says_can_not_be_tapped() -> None:
    paragraphs = tuple(Paragraph(LIVE, f"{LIVE}第{i}段。") for i in range(3))
    post = replace(POST, title=LIVE, source=LIVE, paragraphs=paragraphs)
    story = Story(post, (1, 2, 3))
    text = paragraphs[1].text
    passage = replace(
        PASSAGE, title=LIVE, source=LIVE, text=text, sentence=text[3:], paragraph=2, highlights=()
    )
    answer = answered(*[passage] * 3)
    near = Related("1", LIVE, None, PASSAGE.published)
    messages = [
        render(answer),
        answer_message(answer, ZH, today=TODAY, kept=Kept(1, "taxnews_bot")),
        numbered_message(answer, ZH, today=TODAY),
        render(Answer("问题", 0.9, (passage,), parts=(answer, Answer("又问", 0.0, ())))),
        render(replace(answer, is_list=True)),
        render(Answer("问题", 0.0, (), related=(near,))),
        render(Answer("问题", 0.0, (), related=(near,), reply=LIVE)),
        read_message(story, 0, ZH),
        context_message(story, passage, ZH, reply=1, shown=0),
        list_message(LIVE, [passage, post], ZH, first=1),
        days_message(LIVE, [post], ZH, first=1),
        Message(filled([passage], "{标题}{句子}{来源}", ZH)),
    ]
    shown = [parse_html(message.html)[0] for message in messages]
    kinds = [{entity["type"] for entity in entities_in(text)} - {"url"} for text in shown]
    assert kinds == [set()] * len(messages)
    assert not any(live in text for text in shown for live in ("#退", "$U", "tg://", "@a", "/ban"))
    assert all("alice_lin" in text for text in shown)


@pytest.mark.parametrize("size", [500, 1060, 3200])
def test_a_page_of_what_could_be_tapped_is_within_telegrams_limit(size: int) -> None:
    paragraphs = tuple(Paragraph(None, ("-/1" * size)[:size]) for _ in range(9))
    post = replace(POST, title="-/1" * 300, source="-/1" * 300, paragraphs=paragraphs)
    text, _ = parse_html(read_message(Story(post, tuple(range(1, 10))), 0, ZH).html)
    assert units(text) <= MESSAGE_LIMIT


def test_an_address_in_telegram_is_held_within_a_word_too() -> None:
    held = "点t\u2060.me/a，https://T\u2060.me/+a，x.telegram\u2060.me"
    assert inert("点t.me/a，https://T.me/+a，x.telegram.me") == held
    assert inert("https://t.me.cn/a at.me") == "https://t.me.cn/a at.me"
    assert inert("请点tg://resolve?domain=x") == "请点tg:\u2060//resolve?domain=x"


@pytest.mark.parametrize(
    "text",
    [
        "电话/邮箱：tax@example.com、12366@chinatax.gov.cn",
        "1/2、km/h、和/或，C#、3#楼，$5，50$",
        "见https://www.example.com/a/@b/#c?d=/e，https://example.com/x#y",
        "报税@ 税务局 / 海关 # 号",
    ],
)
def test_what_nobody_can_tap_stays_as_it_is_written(text: str) -> None:
    assert inert(text) == text


def test_each_of_several_answers_stands_under_its_question_also_one_without_an_answer() -> None:
    first = replace(answered(PASSAGE), question="发了多少")
    second = Answer("冠军是谁", 0.0, ())
    third = replace(answered(PASSAGE), question="广东呢", understood="广东 发了多少", is_list=True)
    message = render(Answer("几个问题", 0.9, (PASSAGE,), parts=(first, second, third)))
    link = '<a href="https://www.example.com/a/202302052628723431.html">'
    link += "智慧税务：让“数据多跑路” &lt;“纳税人少跑腿”&gt;</a>"
    assert message == Message(
        "<b>1. 发了多少</b>\n"
        "2021年，广东给287万户次纳税人自动发放了发票。\n"
        f"📰 {link}\n"
        "2023年2月5日\n"
        "\n"
        "<b>2. 冠军是谁</b>\n"
        "没有找到能回答这个问题的报道。\n"
        "\n"
        "<b>3. 广东 发了多少</b>\n"
        f"· {link} · 2023年2月5日"
    )


@pytest.mark.parametrize("is_list", [True, False])
def test_the_longest_answers_to_the_most_questions_fit_a_message(is_list: bool) -> None:
    long = "长" * 5000
    passage = replace(PASSAGE, title=long, sentence=long, text=long, category=SAMPLE_CATEGORY)
    part = Answer(long, 0.9, (passage,) * 5, is_list=is_list, understood=long)
    html = render(Answer(long, 0.9, (passage,) * 5, parts=(part,) * MOST_PARTS)).html
    assert units(parse_html(html)[0]) <= MESSAGE_LIMIT
    assert all(f"<b>{number}. 长" in html for number in range(1, MOST_PARTS + 1))


def test_a_passage_that_is_the_sentence_is_shown_once() -> None:
    html = render(answered(replace(PASSAGE, text=PASSAGE.sentence + " ", highlights=()))).html
    assert html.count("287万") == 1
    assert "blockquote" not in html


def test_a_passage_that_begins_with_the_sentence_goes_on_from_it() -> None:
    text = PASSAGE.sentence + "随后办税更快了。"
    html = render(answered(replace(PASSAGE, text=text))).html
    assert html.count("287万") == 1
    assert "<blockquote>随后办税更快了。</blockquote>" in html


def test_a_passage_that_ends_with_the_sentence_stops_before_it() -> None:
    html = render(answered(replace(PASSAGE, text="改革在提速。\n" + PASSAGE.sentence))).html
    assert "<blockquote>改革在提速。……</blockquote>" in html


def test_a_sentence_too_long_to_be_shown_whole_stays_in_its_passage() -> None:
    long = "很长的话，" * 100 + "完。"
    html = render(answered(replace(PASSAGE, text="前文。" + long, sentence=long))).html
    assert f"<blockquote expandable>前文。{long}</blockquote>" in html


def test_a_long_passage_is_folded() -> None:
    before = "很长的前文。" * 40
    html = render(answered(replace(PASSAGE, text=before + PASSAGE.sentence))).html
    assert f"<blockquote expandable>{before}……</blockquote>" in html


def test_the_date_is_chinas_and_old_news_says_its_age() -> None:
    eve = replace(PASSAGE, type="notice", published=datetime(2020, 12, 31, 16, tzinfo=timezone.utc))
    html = render(answered(eve)).html
    assert "2021年1月1日" in html
    assert html.endswith("<i>发布于 2 年前，政策可能已有变化。</i>")
    assert "政策" not in render(answered(eve), today=date(2021, 12, 31)).html
    assert "发布于 1 年前" in render(answered(eve), today=date(2022, 1, 1)).html


def test_only_rules_and_what_tells_of_them_grow_old() -> None:
    later = date(2026, 1, 1)
    for type_, title, is_old in (
        ("case", "揭秘云帆渔具公司骗享税费优惠政策", False),
        ("report", "渔港开渔", False),
        ("report", "渔船油补政策延续", True),
        ("statute", "渔业法", True),
        (None, "渔船油补政策延续", False),
    ):
        passage = replace(PASSAGE, type=type_, title=title)
        assert ("发布于 2 年前" in render(answered(passage), today=later).html) == is_old


def test_a_rule_that_has_run_out_is_said_to_have() -> None:
    rule = replace(PASSAGE, type="notice", until=date(2023, 12, 31))
    assert "已到期" not in render(answered(rule), today=date(2023, 12, 31)).html
    assert render(answered(rule), today=date(2024, 1, 1)).html.endswith(
        "<i>按文中所写，执行至 2023年12月31日（已到期）。可能已经延续，或另有规定。</i>"
    )


def test_the_type_of_a_post_stands_before_its_date() -> None:
    html = render(answered(replace(PASSAGE, type="case"))).html
    assert html.endswith("\n案例 · 2023年2月5日 · 中国税务报")


@given(st.data())
def test_the_context_shows_all_of_the_quotation_and_never_too_much(data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.text("税务局查处。", min_size=1, max_size=900), max_size=9))
    texts = [f"{at}：{text}" for at, text in enumerate(["开头。", *texts])]
    first = data.draw(st.integers(0, len(texts) - 1))
    last = data.draw(st.integers(first, len(texts) - 1))
    start = data.draw(st.integers(0, len(texts[first]) - 1))
    quoted = [texts[first][start:], *texts[first + 1 : last + 1]]
    while len(quoted) > 1 and sum(map(len, quoted)) > 400:
        quoted.pop()
    quoted[-1] = quoted[-1][: 400 - sum(map(len, quoted[:-1]))]
    post = replace(POST, paragraphs=tuple(Paragraph("标" * 99, text) for text in texts))
    story = Story(post, tuple(range(len(texts))))
    text = "\n".join(quoted)
    passage = replace(PASSAGE, text=text, sentence=quoted[0][:9], paragraph=first)
    message = context_message(story, passage, ZH, reply=1, shown=0)
    assert units(message.plain) <= MESSAGE_LIMIT
    assert all(line in message.plain for line in quoted)


def test_a_sentence_over_two_paragraphs_is_bold_in_both_of_the_context() -> None:
    post = replace(
        POST, paragraphs=tuple(Paragraph(None, text) for text in ("甲。乙。", "丙。丁。"))
    )
    passage = replace(PASSAGE, paragraph=1, text="乙。\n丙。", sentence="乙。\n丙。")
    html = context_message(Story(post, (1, 2)), passage, ZH, reply=1, shown=0).html
    assert html.startswith("甲。<b>乙。</b>\n\n<b>丙。</b>丁。\n\n")


def test_a_line_that_tells_of_a_post_has_a_button_to_it() -> None:
    told = Related("1", "某市退税专窗", "https://www.example.com/1.html")
    answer = Answer("今天有什么新闻", 0.0, (), (told,), reply="最近的一篇是《某市退税专窗》。")
    keyboard = render(answer).keyboard
    assert keyboard is not None
    ((source,),) = keyboard.inline_keyboard
    assert (source.text, source.url) == ("原文", told.url)
    assert render(replace(answer, related=(replace(told, url=None),))).keyboard is None


def test_a_sentence_that_is_shown_in_part_is_marked_where_it_goes_on() -> None:
    text = "税务局通报了三起案件。无论是主播，还是企业，都应守法。详见公告。"
    html = render(answered(replace(PASSAGE, text=text, sentence="还是企业"))).html
    assert html.startswith(
        "<b>……还是企业……</b>\n\n<blockquote>税务局通报了三起案件。无论是主播，……都应守法。"
    )
    opening = replace(PASSAGE, text=text.partition("。")[2], sentence="无论是主播")
    html = render(answered(opening)).html
    assert html.startswith("<b>无论是主播……</b>\n\n<blockquote>……还是企业，都应守法。详见公告。<")
    item = replace(
        PASSAGE,
        text="下列情形：\n（一）拆本使用；\n（二）未按规定缴销。",
        sentence="（一）拆本使用",
    )
    html = render(answered(item)).html
    assert html.startswith(
        "<b>（一）拆本使用</b>\n\n<blockquote>下列情形：……\n（二）未按规定缴销。<"
    )


def test_the_heading_of_several_paragraphs_stands_once_in_their_context() -> None:
    texts = (("上", "甲。"), ("下", "乙。"), ("下", "丙。"))
    post = replace(POST, paragraphs=tuple(Paragraph(heading, text) for heading, text in texts))
    passage = replace(PASSAGE, paragraph=2, heading="下", text="乙。", sentence="乙。")
    html = context_message(Story(post, (1, 2, 3)), passage, ZH, reply=1, shown=0).html
    assert html.startswith("<u>上</u>\n\n甲。\n\n<u>下</u>\n\n<b>乙。</b>\n\n丙。\n\n")


def test_a_sample_is_labelled_wherever_it_is_shown() -> None:
    sample = replace(PASSAGE, category=SAMPLE_CATEGORY)
    html = render(answered(sample, sample)).html
    assert html.count("示例") == 2
    assert render(answered(sample), EN).html.count("【sample】") == 1
    assert "示例" not in render(answered(PASSAGE)).html


def test_what_is_unknown_is_left_out() -> None:
    bare = replace(PASSAGE, title="", published=None, source=None, url=None)
    message = render(answered(bare))
    assert message.html.endswith("</blockquote>\n\n📰 （无标题）")
    assert message.keyboard is None


def test_alternatives_are_a_line_each_with_link_and_date() -> None:
    other = replace(PASSAGE, title="另一篇 <i>", url="https://example.com/?a=1&b=2")
    unlinked = replace(PASSAGE, title="没有链接", url="javascript:alert(1)", published=None)
    html = render(answered(PASSAGE, other, unlinked)).html
    assert html.split("\n\n")[-1] == (
        "其他相关报道：\n"
        '2. <a href="https://example.com/?a=1&amp;b=2">另一篇 &lt;i&gt;</a> · 2023年2月5日\n'
        "3. 没有链接"
    )


def test_without_an_answer_it_says_so_and_lists_titles_nearby() -> None:
    related = (Related("1", "甲 & 乙", "https://example.com/1"), Related("2", "丙", None))
    none = Answer("问题", confidence=0.0, passages=(), related=related)
    assert render(none).html == (
        "没有找到能回答这个问题的报道。\n\n也许相关：\n"
        '1. <a href="https://example.com/1">甲 &amp; 乙</a>\n2. 丙'
    )
    assert render(replace(none, related=())).html == "没有找到能回答这个问题的报道。"
    far = tuple(replace(each, is_near=False) for each in related)
    assert render(replace(none, related=far)).html == "没有找到能回答这个问题的报道。"


def test_a_friendly_reply_is_shown_as_it_is() -> None:
    friendly = Answer("你好", confidence=0.0, passages=(), reply="你好 <3 &amp; 问吧")
    assert render(friendly).html == "你好 &lt;3 &amp;amp; 问吧"
    assert render(friendly).plain == "你好 <3 &amp; 问吧"


def test_small_talk_is_made_in_the_language_of_the_words_around_it() -> None:
    assert SMALL_TALK.keys() == REPLIES.keys()
    for kind, line in REPLIES.items():
        answer = Answer("", confidence=0.0, passages=(), reply=line)
        assert render(answer).plain == line
        assert render(answer, EN).plain == SMALL_TALK[kind]
    refusal = Answer("", confidence=0.0, passages=(), reply=EN.ask_empty)
    assert render(refusal, EN).plain == EN.ask_empty


def test_plain_text_is_a_numbered_list_with_the_age_of_the_news() -> None:
    first = replace(PASSAGE, type="notice")
    second = replace(first, sentence="另一句。", url=None)
    message = numbered_message(answered(first, second), ZH, today=date(2025, 3, 1))
    assert message == Message(
        "1. 2021年，广东给287万户次纳税人自动发放了发票。\n"
        "改革在提速。……办税更快了。\n"
        "智慧税务：让“数据多跑路” &lt;“纳税人少跑腿”&gt;\n"
        "公告 · 2023年2月5日 · 中国税务报\n"
        "发布于 2 年前，政策可能已有变化。\n"
        "https://www.example.com/a/202302052628723431.html\n\n"
        "2. 另一句。\n"
        "智慧税务：让“数据多跑路” &lt;“纳税人少跑腿”&gt;\n"
        "公告 · 2023年2月5日 · 中国税务报\n"
        "发布于 2 年前，政策可能已有变化。"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("廣東發票", True), ("台灣的稅務", True), ("為什麼要審核？", True),
        ("后来的稅務局長", True),
        ("广东发票", False), ("台湾的税务", False), ("皇后后面", False), ("广东發票", False),
        ("发票2021", False), ("", False), ("invoice 😀", False), ("出口退稅", True),
    ],
)  # fmt: skip
def test_the_majority_of_the_characters_tells_the_script(text: str, expected: bool) -> None:
    assert is_traditional(text) == expected


def test_traditional_is_written_as_in_taiwan_and_leaves_markup_alone() -> None:
    message = answer_message(answered(PASSAGE), ZH, today=TODAY, kept=Kept(7, "taxnews_bot"))
    converted = traditional(replace(message, html=message.html + "为了审核<i>里面</i>"))
    assert converted.html.endswith("為了審核<i>裡面</i>")
    assert converted.keyboard is not None
    buttons = [b for row in converted.keyboard.inline_keyboard for b in row]
    assert [b.text for b in buttons] == ["上下文", "全文", "原文", "👍", "👎", "↗ 分享"]
    assert buttons[2].url == PASSAGE.url


def test_marks_that_turn_writing_around_and_controls_are_dropped() -> None:
    assert text_message("税\u202e\u2067\x00\x1b\ud800务\n局").html == "税务\n局"


# --- addresses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.chinatax.gov.cn/a.html?x=1&y=2#z", None),
        ("HTTP://Example.COM:8080/a", "http://example.com:8080/a"),
        ("https://例子.中国/税", "https://xn--fsqu00a.xn--fiqs8s/%E7%A8%8E"),
        ("http://10.0.0.1/x", None),
        ('https://example.com/"<>', "https://example.com/%22%3C%3E"),
        ("https://example.com/%E7%A8%8E", None),
    ],
)
def test_web_addresses_pass(url: str, expected: str | None) -> None:
    assert web_address(url) == (expected or url)


def test_a_passage_of_a_post_with_a_long_id_has_no_link_to_share() -> None:
    assert share_address("taxnews_bot", replace(PASSAGE, post="a" * 40)) is not None
    assert share_address("taxnews_bot", replace(PASSAGE, post="a" * 64)) is None


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "tg://user?id=1",
        "//example.com",
        "http://localhost/x",
        "http://",
        "http://a b.com",
        "http://example.com\n.evil",
        "http://user:pw@example.com",
        "http://example.com:port",
        "http://[::1]/",
        "http://example..com",
        "http://-x.com",
        "https://example.com/" + "a" * 1000,
        "https://example.com/" + "税" * 200,
        "ｈttp://example.com\\@evil.com",
    ],
)
def test_what_telegram_would_refuse_is_no_address(url: str | None) -> None:
    assert web_address(url) is None


@given(st.text(max_size=60).map("https://".__add__) | st.text(max_size=60))
def test_every_address_that_passes_is_one_telegram_takes(url: str) -> None:
    address = web_address(url)
    assert address is None or is_web_address(address)


# --- limits -----------------------------------------------------------------------------


@given(st.text(max_size=80), st.integers(1, 90))
def test_a_clipped_text_is_its_beginning_within_the_limit(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert units(clipped) == len(clipped.encode("utf-16-le", "surrogatepass")) // 2
    assert units(clipped) <= limit
    assert clipped == text or (clipped.endswith("…") and text.startswith(clipped[:-1]))


def test_a_clip_tears_no_character() -> None:
    assert clip("税𠮷𠮷", 4) == "税𠮷…"
    assert clip("税𠮷𠮷", 3) == "税…"
    assert clip("ae\u0301b", 3) == "a…"
    assert clip("a👨\u200d👩b", 5) == "a…"
    assert clip("e" + "\u0301" * 50, 40) == "e" + "\u0301" * 38 + "…"


_text = st.text(st.characters() | st.sampled_from("<>&\"'𠮷\u0301\u200d税。"), max_size=60)


@st.composite
def passages(draw: Any) -> Passage:
    text = draw(_text) * draw(st.sampled_from([1, 1, 90]))
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    spots = st.tuples(st.integers(0, len(text)), st.integers(1, 9))
    return Passage(
        post="1",
        title=draw(_text) * draw(st.sampled_from([1, 90])),
        published=draw(st.none() | st.just(PASSAGE.published)),
        category=draw(st.sampled_from([None, SAMPLE_CATEGORY])),
        source=draw(st.none() | _text),
        url=draw(st.sampled_from([None, PASSAGE.url, "https://example.com/" + "&" * 900])),
        heading=None,
        text=text,
        sentence=text[start:end],
        highlights=tuple(
            (a, min(a + n, len(text))) for a, n in draw(st.lists(spots, max_size=150))
        ),
        score=1.0,
        paragraph=1,
    )


@given(st.lists(passages(), min_size=1, max_size=6), st.sampled_from([ZH, EN]))
def test_any_answer_is_html_within_telegrams_limits(shown: list[Passage], texts: Texts) -> None:
    message = render(answered(*shown), texts)
    text, entities = parse_html(message.html)
    assert len(text.encode("utf-16-le")) // 2 <= MESSAGE_LIMIT
    assert len(entities) <= 100
    assert parse_html(text_message(message.plain).html)[0] == message.plain == text


@given(_text.map(lambda text: text * 200))
def test_any_reply_and_any_title_fits(text: str) -> None:
    related = tuple(Related(str(i), text, PASSAGE.url) for i in range(9))
    for answer in (
        Answer("", confidence=0, passages=(), reply=text),
        Answer("", confidence=0, passages=(), related=related),
    ):
        shown, _ = parse_html(render(answer).html)
        assert len(shown.encode("utf-16-le")) // 2 <= MESSAGE_LIMIT


def test_the_longest_of_everything_fits() -> None:
    long = "&<𠮷" * 2000
    passage = replace(
        PASSAGE, title=long, text=long, sentence=long[9:], source=long, category=SAMPLE_CATEGORY
    )
    message = render(answered(*[passage] * 6))
    text, _ = parse_html(message.html)
    assert len(text.encode("utf-16-le")) // 2 <= MESSAGE_LIMIT


# --- texts ---------------------------------------------------------------------------------


def test_both_languages_have_the_same_blanks() -> None:
    fields = [name for name in Texts.__slots__ if isinstance(getattr(TEXTS["zh"], name), str)]
    for field in fields:
        blanks = [
            {name for _, name, _, _ in string.Formatter().parse(getattr(texts, field)) if name}
            for texts in TEXTS.values()
        ]
        if field != "date":
            assert blanks[0] == blanks[1], field


def test_what_a_button_answers_is_within_telegrams_200_characters() -> None:
    for texts in TEXTS.values():
        assert max(map(len, (texts.too_old, texts.rated, texts.settings_admins))) <= 200


def test_menus_have_descriptions_telegram_takes() -> None:
    for field in Texts.__slots__:
        if field.startswith("command_"):
            assert all(1 <= len(getattr(texts, field)) <= 256 for texts in TEXTS.values())


@pytest.mark.parametrize(
    ("code", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("zh-hans", "zh"),
        ("zh-TW", "zh-hant"),
        ("zh-hant", "zh-hant"),
        ("zh_HK", "zh-hant"),
        ("zh-Hans-HK", "zh"),
        ("en", "en"),
        ("de", "en"),
    ],
)
def test_the_clients_language_chooses_the_words(code: str | None, language: str) -> None:
    assert language_of(code) == language


def test_an_endless_paragraph_is_divided_in_time_that_grows_with_its_length() -> None:
    post = replace(POST, paragraphs=(Paragraph(None, "青溪市税务局补税五万元。" * 100_000),))
    began = time.process_time()
    message = read_message(Story(post, (1,)), 10**6, ZH)
    assert time.process_time() - began < 8
    assert "青溪市税务局补税五万元。" in message.plain
