"""Lists, reading, privacy, channels, inline use, webhook, metrics."""

import json
import logging
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.clock import china_today
from bot.features.browsing import parse_search
from bot.features.links import linked_question
from bot.render.texts import EN, ZH, privacy
from bot.storage.chats import ChatStore
from corpus.reading.post_types import NAMES
from corpus.reading.posts import CHINA, Post
from corpus.store.values import Filters
from retrieval.answering.answer import Answer
from retrieval.question.filters import Names
from retrieval.question.times import period
from tests.support.buttons import linked, press
from tests.support.ports import free_port
from tests.support.running_bot import (
    PASSAGE,
    POST,
    RunningBot,
    found,
    library_of,
    not_found,
    several,
)
from tests.support.telegram_server import (
    ALICE,
    BOB,
    CHANNEL,
    GROUP,
    TOKEN,
    Call,
    Fault,
    TelegramServer,
)

# --- lists -------------------------------------------------------------------------------


def many(filters: Filters, limit: int, offset: int) -> list[Post]:
    named = filters.source or filters.category
    posts = [replace(POST, id=str(i), title=f"第{i}篇 <{named}>") for i in range(1, 20)]
    return posts[offset : offset + limit]


def test_latest_lists_the_newest_posts_in_pages(telegram: TelegramServer) -> None:
    with RunningBot(telegram, library=library_of(several, listed=many)):
        first = telegram.reply_to(telegram.private("/latest hgjj")).result
        telegram.press(first, "l:1:hgjj")
        second = telegram.wait("editMessageText")[0].result
        telegram.press(second, "l:2:hgjj")
        third = telegram.wait("editMessageText", 2)[1].result
    assert first["text"].splitlines()[:4] == [
        "最新报道 · 宏观经济",
        "",
        "2023年2月5日",
        "1. 第1篇 <hgjj> · 中国税务报",
    ]
    assert "9. 第9篇" in second["text"]
    keyboards = [m["reply_markup"]["inline_keyboard"] for m in (first, second, third)]
    assert [[b["text"] for b in k[0]] for k in keyboards] == [["▶"], ["◀", "▶"], ["◀"]]


def test_latest_has_a_heading_a_day_and_joins_a_notice_with_its_story(
    telegram: TelegramServer,
) -> None:
    day = datetime(2026, 3, 9, tzinfo=CHINA)
    titles = (
        ("揭秘青石市云帆渔具有限公司隐匿收入偷税案件", day),
        ("渔港今日开渔", day),
        ("青石市税务局稽查局依法查处青石市云帆渔具有限公司偷税案件", day),
        ("昨日的报道", day - timedelta(days=1)),
    )
    posts = [
        replace(POST, id=str(n), title=title, published=at, source=None, url=None)
        for n, (title, at) in enumerate(titles)
    ]
    library = library_of(found, listed=lambda category, limit, offset: posts[offset:])
    with RunningBot(telegram, library=library):
        text = telegram.reply_to(telegram.private("/latest")).result["text"]
    assert text == (
        "最新报道\n"
        "\n2026年3月9日\n"
        "1. 揭秘青石市云帆渔具有限公司隐匿收入偷税案件\n"
        "2. ↳ 青石市税务局稽查局依法查处青石市云帆渔具有限公司偷税案件\n"
        "3. 渔港今日开渔\n"
        "\n2026年3月8日\n"
        "4. 昨日的报道"
    )


def test_latest_of_a_category_too_long_for_a_button_has_no_pages(telegram: TelegramServer) -> None:
    library = library_of(several, listed=many, names=lambda: Names((), {"x": "税" * 22}))
    with RunningBot(telegram, library=library):
        reply = telegram.reply_to(telegram.private("/latest " + "税" * 22)).result
    assert "8. 第8篇" in reply["text"]
    assert reply["entities"][0]["type"] == "bold"  # it wasn't refused and sent as plain text
    assert "reply_markup" not in reply


def test_categories_are_listed_by_their_names_each_a_button_to_its_newest_posts(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram, library=library_of(several, listed=many)):
        listed = telegram.reply_to(telegram.private("/categories")).result
        telegram.press(listed, "l:0:宏观经济")
        shown = telegram.wait("editMessageText")[0].result
    labels = [b["text"] for row in listed["reply_markup"]["inline_keyboard"] for b in row]
    assert (listed["text"], labels) == (ZH.categories_title, ["宏观经济", "东财滚动"])
    assert shown["text"].startswith("最新报道 · 宏观经济\n")


def test_of_many_categories_those_of_the_most_posts_are_listed(telegram: TelegramServer) -> None:
    names = Names((), {f"c{n}": f"第{n}报" for n in range(1975)})
    with RunningBot(telegram, library=library_of(several, names=lambda: names)):
        listed = telegram.reply_to(telegram.private("/categories")).result
    rows = listed["reply_markup"]["inline_keyboard"]
    assert listed["text"] == "共 1,975 个分类，这里是报道最多的 20 个："
    assert sum(map(len, rows)) == 20


def test_the_hint_of_search_names_a_category_that_there_is(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        hint = telegram.reply_to(telegram.private("/search")).result["text"]
    assert "分类:宏观经济 " in hint
    assert "/categories" in hint


def test_a_category_that_a_text_names_can_not_be_tapped(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with ChatStore(db) as store:
        store.settings.change(ALICE["id"], plain=True)
    library = library_of(several, names=lambda: Names((), {"x": "@other_bot"}))
    with RunningBot(telegram, db=db, library=library):
        hint = telegram.reply_to(telegram.private("/search")).result["text"]
        listed = telegram.reply_to(telegram.private("/categories")).result["text"]
    assert "分类:@\u2060other_bot " in hint
    assert listed.splitlines()[1:] == ["@\u2060other_bot"]


def test_latest_without_posts_says_so(telegram: TelegramServer) -> None:
    empty = library_of(several, listed=lambda *args: [])
    with RunningBot(telegram, library=empty):
        reply = telegram.reply_to(telegram.private("/latest hgjj"))
    assert reply.result["text"] == ZH.latest_none


def test_search_lists_posts_each_once_narrowed_by_filters_in_pages(
    telegram: TelegramServer,
) -> None:
    asked: list[Any] = []

    def ask(
        question: str, *, limit: int = 6, filters: Filters | None = None, **more: Any
    ) -> Answer:
        asked.append((question, limit, filters))
        passages = [
            replace(PASSAGE, post=str(i // 2), paragraph=i, title=f"第{i // 2}篇")
            for i in range(20)
        ]
        return Answer(question, 0.9, tuple(passages))

    library = library_of(found, ask=ask, listed=many)
    with RunningBot(telegram, library=library):
        first = telegram.reply_to(
            telegram.private("/search 骗取 退税 2023年 来源:税务报 分类：hgjj")
        ).result
        data = first["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        telegram.press(first, data)
        second = telegram.wait("editMessageText")[0].result
        empty = telegram.reply_to(telegram.private("/search 2023年"))
    narrowed = Filters(date(2023, 1, 1), date(2023, 12, 31), "税务报", "hgjj")
    assert asked == [("骗取 退税", 40, narrowed)]
    titles = [line for line in first["text"].splitlines() if "篇" in line]
    assert titles == [f"{i + 1}. 第{i}篇" for i in range(8)]
    assert "9. 第8篇" in second["text"]
    assert empty.result["text"] == ZH.search_empty.format(category="宏观经济")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("骗取 退税", ("骗取 退税", Filters())),
        ("2023", ("", Filters(date(2023, 1, 1), date(2023, 12, 31)))),
        ("2023年7月 20230", ("20230", Filters(date(2023, 7, 1), date(2023, 7, 31)))),
        ("来源：新华社 分类:hgjj x", ("x", Filters(source="新华社", category="hgjj"))),
        ("騙取 來源：新華社 分類:hgjj", ("骗取", Filters(source="新华社", category="hgjj"))),
        ("", ("", Filters())),
    ],
)
def test_a_searchs_filters_are_told_from_its_words(text: str, expected: object) -> None:
    assert parse_search(text) == expected


def test_a_search_without_finds_says_so(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=not_found):
        reply = telegram.reply_to(telegram.private("/search 火星"))
    assert reply.result["text"].startswith(ZH.search_none)


# --- reading, links -----------------------------------------------------------------------


def test_read_in_reply_to_an_answer_or_by_id_shows_the_post(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        answer = telegram.reply_to(telegram.private("问题")).result
        read = telegram.reply_to(telegram.private("/read", reply_to_message=answer))
        by_id = telegram.reply_to(telegram.private(f"/read {POST.id}"))
        unknown = telegram.reply_to(telegram.private("/read 999"))
        bare = telegram.reply_to(telegram.private("/read"))
    assert "前一段说的是背景。" in read.result["text"]
    assert by_id.result["text"] == read.result["text"]
    assert unknown.result["text"] == ZH.read_unknown
    assert bare.result["text"] == ZH.read_empty


def test_start_links_lead_to_a_question_or_a_post(telegram: TelegramServer) -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return several(question)

    with RunningBot(telegram, ask=ask):
        telegram.reply_to(telegram.private(f"/start {linked('什么是留抵退税？')}"))
        post = telegram.reply_to(telegram.private(f"/start p_{POST.id}"))
        wrong = telegram.reply_to(telegram.private("/start q_%%%"))
    assert asked == ["什么是留抵退税？"]
    assert "前一段说的是背景。" in post.result["text"]
    assert wrong.result["text"].startswith(ZH.welcome)


def test_a_shared_passage_is_shown_to_whom_its_link_leads(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        answer = telegram.reply_to(telegram.private("问题")).result
        share = answer["reply_markup"]["inline_keyboard"][-1][-1]["url"]
        shared = parse_qs(urlsplit(share).query)
        (link,), (text,) = shared["url"], shared["text"]
        start = parse_qs(urlsplit(link).query)["start"][0]
        opened = telegram.reply_to(telegram.private(f"/start {start}", sender=BOB)).result
        gone = telegram.reply_to(telegram.private(f"/start p_{POST.id}_999999")).result
    assert share.startswith("https://t.me/share/url?")
    assert link.startswith("https://t.me/taxnews_bot?")
    assert text == PASSAGE.sentence
    assert opened["text"].startswith(PASSAGE.sentence)
    assert "前一段说的是背景。" in gone["text"]


def test_a_deep_link_holds_a_question_or_none() -> None:
    assert linked_question(linked("税" * 15)) == "税" * 15
    for wrong in ("", "q_", "q_A", "q_" + "A" * 63, "q_/w==", "ask", "q_gICA"):
        assert linked_question(wrong) is None


# --- privacy ------------------------------------------------------------------------------


def test_forgetme_deletes_what_is_kept_about_a_user_from_every_file(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    user = ALICE | {"id": 8811223344}
    with RunningBot(telegram, db=db):
        answer = telegram.reply_to(telegram.private("问题", sender=user)).result
        rate = answer["reply_markup"]["inline_keyboard"][-1][0]["callback_data"]
        telegram.press(answer, rate, sender=user)
        telegram.wait("editMessageText")
        asked = telegram.reply_to(telegram.private("/forgetme", sender=user)).result
        said = press(telegram, asked, "🗑", sender=user)
        telegram.settled()
    assert asked["text"] == ZH.forget_ask
    assert said["text"] == "已删除：1 条答案记录、1 个评价。"
    traces = (b"8811223344", (8811223344).to_bytes(6, "big"))
    for path in tmp_path.iterdir():
        assert not any(trace in path.read_bytes() for trace in traces), path.name


@pytest.mark.parametrize("keeps", [False, True])
def test_privacy_says_what_is_kept_and_whether_questions_are(
    telegram: TelegramServer, keeps: bool
) -> None:
    with RunningBot(telegram, keep_questions=keeps):
        said = telegram.reply_to(telegram.private("/privacy")).result["text"]
    assert said == privacy(ZH, keeps_questions=keeps)
    assert ("没有答案的问题：原话保存 90 天" in said) == keeps
    assert "{" not in said


# --- channels -------------------------------------------------------------------------------


def test_ask_as_a_channel_post_is_answered_under_it_and_the_rest_is_not(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram, ask=several, chat_rate=2):
        telegram.channel_post("今天的新闻 @taxnews_bot")
        telegram.channel_post("/ask@other_bot 问题")
        post = telegram.channel_post("/ask 问题")
        reply = telegram.reply_to(post)
        telegram.edit(post, "/ask 改了的问题")
        telegram.settled()
        telegram.channel_post("/ask 再问")
        many = telegram.channel_post("/ask 太多了")
        telegram.wait("sendMessage", 2)
        telegram.settled()
    assert reply["chat_id"] == CHANNEL["id"]
    assert reply.result["text"].startswith("第1句。")
    notices = [c for c in telegram.called("sendMessage") if c.result["text"] == ZH.too_many_chat]
    assert len(notices) == 1
    assert telegram.replies_to(many) in ([], notices)


def test_a_channel_may_be_the_one_who_is_allowed(telegram: TelegramServer) -> None:
    with RunningBot(telegram, allowed=frozenset({CHANNEL["id"]})):
        telegram.group("/ask 不行")
        telegram.reply_to(telegram.channel_post("/ask 可以"))
    assert len(telegram.called("sendMessage")) == 1


# --- inline -----------------------------------------------------------------------------------


def inline(telegram: TelegramServer, text: str, **more: Any) -> Call:
    query = telegram.inline(text, **more)

    def calls() -> list[Call]:
        return [c for c in telegram.called("answerInlineQuery") if c["inline_query_id"] == query]

    telegram.until(lambda: bool(calls()), what="inline results")
    return calls()[0]


def numbered(question: str) -> Answer:
    return replace(
        several(question, 25),
        passages=tuple(replace(p, paragraph=i) for i, p in enumerate(several("", 25).passages)),
    )


def test_inline_gives_results_with_title_date_and_sentence_in_pages(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram, ask=numbered):
        first = inline(telegram, "退税多少？")
        third = inline(telegram, "退税多少？", offset="20")
    assert len(first["results"]) == 10
    assert first["results"][0]["title"] == "第1篇"
    assert first["results"][0]["description"] == "2023年2月5日 第1句。"
    content = first["results"][0]["input_message_content"]
    assert content["message_text"].startswith("<b>第1句。</b>")
    assert first["next_offset"] == "10"
    assert len(third["results"]) == 5
    assert "next_offset" not in third.params
    assert first["cache_time"] > 0
    assert "button" not in first.params


def test_inline_pages_end_at_telegrams_fifty_results(telegram: TelegramServer) -> None:
    def ask(question: str) -> Answer:
        passages = several("", 80).passages
        return Answer(question, 0.9, tuple(replace(p, paragraph=i) for i, p in enumerate(passages)))

    pages, offset = [], ""
    with RunningBot(telegram, ask=ask):
        while len(pages) < 9:
            page = inline(telegram, "退税多少？", offset=offset)
            pages.append(page["results"])
            if not (offset := page.params.get("next_offset", "")):
                break
    assert [result["id"] for page in pages for result in page] == [str(i) for i in range(50)]


def test_the_longest_inline_query_is_asked_whole(telegram: TelegramServer) -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return numbered(question)

    question = "税" * 255 + "？"
    with RunningBot(telegram, ask=ask):
        call = inline(telegram, question)
    assert asked == [question]
    assert len(call["results"]) == 10


@pytest.mark.parametrize(
    ("text", "label"), [("火星上的税", ZH.inline_none), (" ", ZH.inline_start)]
)
def test_inline_without_results_opens_a_private_chat(
    telegram: TelegramServer, text: str, label: str
) -> None:
    with RunningBot(telegram, ask=not_found):
        call = inline(telegram, text)
    assert call["results"] == []
    assert call["button"] == {"text": label, "start_parameter": "ask"}


def test_inline_survives_forged_offsets_and_queries_too_old(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    with RunningBot(telegram, ask=numbered):
        for offset in ("-5", "x", "99999999999", "５"):
            inline(telegram, "问题", offset=offset)
        telegram.fault(
            "answerInlineQuery", Fault(status=400, description="Bad Request: query is too old")
        )
        telegram.inline("慢")
        telegram.reply_to(telegram.private("问题"))
    assert "while handling" not in caplog.text
    assert [c for c in telegram.called("sendMessage") if ZH.failed in c["text"]] == []


def test_inline_of_strangers_finds_nothing(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=numbered, allowed=frozenset({ALICE["id"]})):
        mine, theirs = inline(telegram, "问题"), inline(telegram, "问题", sender=BOB)
    assert len(mine["results"]) == 10
    assert theirs["results"] == []
    assert mine["is_personal"] is True


# --- languages -----------------------------------------------------------------------------------


def test_traditional_writers_are_answered_in_traditional(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        reply = telegram.reply_to(telegram.private("廣東發放了多少發票？"))
        telegram.press(reply.result, "c:1:0")
        context = telegram.wait("editMessageText")[0].result
        simplified = telegram.reply_to(telegram.private("广东发放了多少发票？"))
    assert "2021年，廣東給287萬戶次納稅人自動發放了發票。" in reply.result["text"]
    assert "后一段說的是" not in context["text"]
    assert "後一段說的是" in context["text"]
    rows = reply["reply_markup"]["inline_keyboard"]
    assert [b["text"] for b in rows[0]] == ["上下文", "全文", "原文"]
    assert rows[0][2]["url"] == PASSAGE.url
    assert "广东" in simplified.result["text"]


def test_whoever_has_another_language_is_spoken_to_in_english(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=not_found):
        reply = telegram.reply_to(telegram.private("问题", sender=BOB))
        group = telegram.reply_to(telegram.group("/ask 问题", sender=BOB, chat=GROUP))
    assert reply.result["text"].startswith(EN.not_found)
    assert group.result["text"].startswith(ZH.not_found)


# --- webhook, metrics ---------------------------------------------------------------


def test_a_webhook_takes_updates_with_the_secret_and_no_others(telegram: TelegramServer) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/hook/path"
    with RunningBot(
        telegram,
        webhook_url=url,
        webhook_listen=f"127.0.0.1:{port}",
        webhook_secret="S3cret_-",
    ):
        question = telegram.private("问题")
        telegram.reply_to(question)
        telegram.settled()
        forged = {"update_id": 1, "message": telegram.message(GROUP, BOB, "/ask 伪造")}
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}):
            request = urllib.request.Request(
                url,
                json.dumps(forged).encode(),
                {"Content-Type": "application/json"} | headers,
            )
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=10)
            refused.value.close()
            assert refused.value.code == 403
    assert len(telegram.called("sendMessage")) == 1
    hook = telegram.called("setWebhook")[0]
    assert hook["secret_token"] == "S3cret_-"
    assert "edited_message" in hook["allowed_updates"]


def test_metrics_count_questions_without_telling_them(telegram: TelegramServer) -> None:
    port = free_port()
    with RunningBot(telegram, metrics_listen=f"127.0.0.1:{port}", user_rate=1):
        telegram.fault("sendMessage", Fault(status=429, description="Too Many", retry_after=1))
        telegram.reply_to(telegram.private("我的机密问题"))
        telegram.reply_to(telegram.private("太多了"))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            text = page.read().decode()
    for line in (
        'taxnews_questions_total{answered="yes"} 1.0',
        "taxnews_refused_total 1.0",
        "taxnews_floods_total 1.0",
        "taxnews_search_seconds_count 1.0",
    ):
        assert line in text
    assert "机密" not in text
    assert TOKEN not in text
    assert f'"{ALICE["id"]}"' not in text  # as a label; other figures may hold its digits


def test_everything_in_the_log_is_free_of_questions(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    with RunningBot(telegram):
        telegram.fault("sendMessage", Fault(cut=True), Fault(status=500))
        telegram.reply_to(telegram.private("我的机密问题"))
    assert "may or may not have arrived" in caplog.text
    assert "机密" not in caplog.text


# --- filters -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("/search 退税 分类:hgj", "资料库里没有这个分类：hgj。是不是：宏观经济？"),
        ("/search 退税 分类:宏观", "资料库里没有这个分类：宏观。是不是：宏观经济？"),
        ("/search 分类:xx", "资料库里没有这个分类：xx。可选的有：宏观经济、东财滚动"),
        (
            "/search 退税 来源:没有这个报",
            "资料库里没有这个来源：没有这个报。可选的有：中国税务报、新华社",
        ),
        ("/search 来源:新华通社", "资料库里没有这个来源：新华通社。是不是：新华社？"),
        (
            "/watch 退税 来源:没有这个报",
            "资料库里没有这个来源：没有这个报。可选的有：中国税务报、新华社",
        ),
        ("/watch 分类:xx", "资料库里没有这个分类：xx。可选的有：宏观经济、东财滚动"),
        ("/latest xx", "资料库里没有这个分类：xx。可选的有：宏观经济、东财滚动"),
        ("/latest 来源:青溪", "资料库里没有这个来源：青溪。可选的有：中国税务报、新华社"),
        ("/digest 8:30 分类:xx", "资料库里没有这个分类：xx。可选的有：宏观经济、东财滚动"),
        ("/search 退税 类型:广告", "没有这个类型：广告。可选的有：" + "、".join(NAMES.values())),
        ("/watch 类型:广告", "没有这个类型：广告。可选的有：" + "、".join(NAMES.values())),
        ("/search 地区:火星", ZH.place_unknown.format(place="火星")),
        ("/latest 地区:火星", ZH.place_unknown.format(place="火星")),
    ],
)
def test_a_filter_that_exists_nowhere_is_refused_with_the_nearest_or_the_list(
    telegram: TelegramServer, command: str, refusal: str
) -> None:
    with RunningBot(telegram):
        reply = telegram.reply_to(telegram.private(command))
    assert reply.result["text"] == refusal


def test_a_medium_that_a_list_names_can_not_be_tapped(telegram: TelegramServer) -> None:
    library = library_of(several, names=lambda: Names(["/ban@other_bot"], {}))
    with RunningBot(telegram, library=library):
        reply = telegram.reply_to(telegram.private("/search 来源:没有这个报"))
    assert reply.result["text"].endswith("可选的有：/\u2060ban@other_bot")


def test_filters_alone_list_the_newest_posts_they_admit(telegram: TelegramServer) -> None:
    asked: list[Filters] = []

    def listed(filters: Filters, limit: int, offset: int) -> list[Post]:
        asked.append(filters)
        return many(filters, limit, offset)

    with RunningBot(telegram, library=library_of(several, listed=listed)):
        category = telegram.reply_to(telegram.private("/search 分类:hgjj")).result
        source = telegram.reply_to(telegram.private("/search 来源：税务报")).result
        (next_page,) = source["reply_markup"]["inline_keyboard"][0]
        telegram.press(source, next_page["callback_data"])
        second = telegram.wait("editMessageText")[0].result
        both = telegram.reply_to(telegram.private("/latest 来源:新华社 分类:hgjj 地区:广东"))
    assert category["text"].startswith("最新报道 · 宏观经济\n\n2023年2月5日\n1. 第1篇 <hgjj>")
    assert source["text"].startswith("搜索结果\n1. 第1篇 <税务报>")
    assert second["text"].startswith("搜索结果\n9. 第9篇 <税务报>")
    assert both.result["text"].startswith("搜索结果\n1. 第1篇 <新华社>")
    assert asked == [
        Filters(category="hgjj"),
        Filters(source="税务报"),
        Filters(source="新华社", category="hgjj", place="广东省"),
    ]


@pytest.mark.parametrize("written", ["黄　薇", "黄 薇", "黄·薇", "黃 薇", "黄薇"])
def test_a_name_written_apart_is_one_search(written: str) -> None:
    assert parse_search(f"{written} 偷税 ２０２４年") == (
        "黄薇 偷税",
        Filters(since=date(2024, 1, 1), until=date(2024, 12, 31)),
    )


@pytest.mark.parametrize(
    "form",
    ["今天", "昨天", "本周", "上个月", "去年7月", "2026年4月", "2025-07-04", "2025/7/4",
     "２０２４年", "24年", "去年一季度", "近三年"],
)  # fmt: skip
def test_a_time_in_any_form_narrows_a_search(form: str) -> None:
    days = period(form, china_today())
    assert days is not None
    assert parse_search(f"虚开发票 {form}") == ("虚开发票", Filters(since=days[0], until=days[1]))
