"""The bot in private chats, groups and topics: the real application, over HTTP."""

import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from bot.features.about import help_text
from bot.render.texts import EN, ZH
from corpus.chinese import simplified
from corpus.reading.posts import CHINA
from corpus.store.values import CorpusFacts
from retrieval.answering.answer import Answer
from retrieval.question.small_talk import REPLIES
from tests.support.running_bot import EXAMPLES, FACTS, PASSAGE, RunningBot, found, not_found
from tests.support.telegram_server import (
    ALICE,
    BOB,
    BOT,
    FORUM,
    GROUP,
    Fault,
    TelegramServer,
    parse_html,
)


class Recorder:
    """An `ask` that remembers what it was asked."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    def __call__(self, question: str) -> Answer:
        self.questions.append(question)
        return found(question)


# --- private chats --------------------------------------------------------------


def test_a_question_in_private_is_answered_with_sentence_link_and_date(
    telegram: TelegramServer,
) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        question = telegram.private("2021年广东给多少户次纳税人自动发放了发票？")
        reply = telegram.reply_to(question)
    assert ask.questions == ["2021年广东给多少户次纳税人自动发放了发票？"]
    text = reply.result["text"]
    assert text.startswith(PASSAGE.sentence)
    assert "2023年2月5日 · 中国税务报" in text
    assert {"text": "原文", "url": PASSAGE.url} in reply["reply_markup"]["inline_keyboard"][0]
    assert reply["link_preview_options"] == {"is_disabled": True}
    assert reply["chat_id"] == ALICE["id"]


def test_ask_and_its_text_is_a_question_too(telegram: TelegramServer) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        telegram.reply_to(telegram.private("/ask 什么是 <b>&amp; ％％ 留抵退税？"))
        telegram.reply_to(telegram.private("/ASK@Taxnews_Bot\n第二问"))
        telegram.reply_to(telegram.private("@taxnews_bot 第三问"))
        telegram.reply_to(telegram.private(caption="图里写着什么？", photo=_PHOTO))
    assert ask.questions == [
        "什么是 <b>&amp; ％％ 留抵退税？",
        "第二问",
        "第三问",
        "图里写着什么？",
    ]


@pytest.mark.parametrize(
    "question",
    [
        "；DROP TABLE posts；--",
        "%s %d {0} {x}",
        "𠮷野家🧾👨‍👩‍👧",
        "２０２１年《通知》",
        "\u202eabc",
        "繁體字",
    ],
)
def test_awkward_questions_reach_the_search_as_they_were_written(
    telegram: TelegramServer, question: str
) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        telegram.reply_to(telegram.private(question))
    assert ask.questions == [question]


def test_without_an_answer_the_bot_says_so_and_offers_titles(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=not_found):
        reply = telegram.reply_to(telegram.private("火星上的税"))
    assert reply.result["text"] == f"{ZH.not_found}\n\n{ZH.related}\n1. 税务 & 发票 · 2023年2月5日"
    links = [entity["url"] for entity in reply.result["entities"]]
    assert links == ["https://www.example.com/1.html"]


def test_small_talk_gets_the_reply_as_it_is(telegram: TelegramServer) -> None:
    def greet(question: str) -> Answer:
        return Answer(question, confidence=0, passages=(), reply="你好 <3 & 再见")

    with RunningBot(telegram, ask=greet):
        reply = telegram.reply_to(telegram.private("你好"))
    assert reply.result["text"] == "你好 <3 & 再见"


def test_after_small_talk_an_example_may_be_asked_by_a_tap(telegram: TelegramServer) -> None:
    def ask(question: str) -> Answer:
        if question == "你好":
            return Answer(question, confidence=0, passages=(), reply=REPLIES["greeting"])
        return found(question)

    with RunningBot(telegram, ask=ask):
        greeted = telegram.reply_to(telegram.private("你好")).result
        ((button,),) = greeted["reply_markup"]["inline_keyboard"]
        telegram.press(greeted, button["callback_data"])
        _, asked, answer = telegram.wait("sendMessage", 3)
        in_group = telegram.reply_to(telegram.group("@taxnews_bot 你好")).result
    assert button["text"] == EXAMPLES[0]
    assert asked.result["text"] == EXAMPLES[0]
    assert answer.result["text"].startswith(PASSAGE.sentence)
    assert answer["reply_parameters"]["message_id"] == asked.result["message_id"]
    assert greeted["text"] == "你好！我从税务新闻里找答案，请直接问。"
    assert in_group["text"] == f"{greeted['text']}\n例如：{EXAMPLES[0]}"


def test_thanks_in_reply_to_an_answer_get_no_word_in_a_group(telegram: TelegramServer) -> None:
    def ask(question: str) -> Answer:
        if "谢谢" in question:
            return Answer(question, confidence=0, passages=(), reply=REPLIES["thanks"])
        return found(question)

    with RunningBot(telegram, ask=ask):
        answer = telegram.reply_to(telegram.group("/ask 发票")).result
        thanks = telegram.group("谢谢", reply_to_message=answer)
        named = telegram.reply_to(telegram.group("@taxnews_bot 谢谢", reply_to_message=answer))
        alone = telegram.reply_to(telegram.private("谢谢"))
        assert telegram.replies_to(thanks) == []
    assert all(each.result["text"].startswith("不客气！") for each in (named, alone))


_PHOTO = [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]
_FILE = {"file_id": "f", "file_unique_id": "f"}


@pytest.mark.parametrize(
    "content",
    [
        {"photo": _PHOTO},
        {"voice": _FILE | {"duration": 3}},
        {
            "sticker": _FILE
            | {"type": "regular", "width": 9, "height": 9}
            | {"is_animated": False, "is_video": False}
        },
        {"document": _FILE},
        {"location": {"latitude": 1.0, "longitude": 2.0}},
        {"dice": {"emoji": "🎲", "value": 3}},
    ],
    ids=lambda content: next(iter(content)),
)
def test_what_isnt_text_gets_a_friendly_line_in_private_only(
    telegram: TelegramServer, content: dict[str, object]
) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        ours = telegram.message(GROUP, BOT, "前一个答案")
        telegram.group(reply_to_message=ours, **content)
        reply = telegram.reply_to(telegram.private(**content))
        telegram.settled()
    assert reply.result["text"] == ZH.not_text
    assert len(telegram.called("sendMessage")) == 1
    assert ask.questions == []


def test_service_messages_are_met_with_silence(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        pinned = telegram.message(GROUP, BOT, "前一个答案")
        telegram.private(pinned_message=pinned)
        telegram.private(message_auto_delete_timer_changed={"message_auto_delete_time": 60})
        telegram.group(new_chat_members=[ALICE])
        telegram.group(new_chat_title="新名字")
        telegram.reply_to(telegram.private("问题"))
    assert len(telegram.called("sendMessage")) == 1


def test_an_empty_ask_and_an_unknown_command_get_a_hint(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        empty = telegram.reply_to(telegram.private("/ask"))
        unknown = telegram.reply_to(telegram.private("/weather 北京"))
    assert empty.result["text"] == ZH.ask_empty
    assert unknown.result["text"] == ZH.unknown_command


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("全文", "请点答案下面的“全文”按钮。"),
        ("原文！", "请点答案下面的“原文”按钮。"),
        ("☰ 全部", "请点答案下面的“全部”按钮。"),
        ("下一條", "請點答案下面的“下一條”按鈕。"),
    ],
)
def test_the_name_of_a_button_is_answered_with_where_the_button_is(
    telegram: TelegramServer, typed: str, said: str
) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        reply = telegram.reply_to(telegram.private(typed))
        telegram.reply_to(telegram.private("全文在哪里？"))
    assert reply.result["text"] == said
    assert ask.questions == ["全文在哪里？"]


def test_a_question_of_a_thousand_characters_is_asked_and_a_longer_one_is_not(
    telegram: TelegramServer,
) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        telegram.reply_to(telegram.private("税" * 1000))
        long = telegram.reply_to(telegram.private("税" * 1001))
    assert [len(question) for question in ask.questions] == [1000]
    assert long.result["text"] == ZH.too_long.format(length=1001, limit=1000)


# --- groups and topics ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("@taxnews_bot 退税多少？", "退税多少？"),
        ("请问 @Taxnews_Bot，退税多少？", "请问  ，退税多少？"),
        ("🧾𠮷 退税多少？ @taxnews_bot", "🧾𠮷 退税多少？"),
        ("/ask 退税多少？", "退税多少？"),
        ("/ask@taxnews_bot 退税多少？", "退税多少？"),
    ],
)
def test_in_a_group_it_answers_when_addressed(
    telegram: TelegramServer, text: str, question: str
) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        reply = telegram.reply_to(telegram.group(text))
    assert ask.questions == [question]
    assert "message_thread_id" not in reply.params


@pytest.mark.parametrize(
    "text",
    [
        "退税多少？",
        "/ask@other_bot 退税多少？",
        "/weather",
        "@other_bot 退税多少？",
        "写给 taxnews_bot 的",
        "发邮件到 x@taxnews_bots",
        "@alice_lin 你看",
    ],
)
def test_in_a_group_it_is_silent_when_not_addressed(telegram: TelegramServer, text: str) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        telegram.group(text)
        telegram.reply_to(telegram.private("之后的问题"))
    assert ask.questions == ["之后的问题"]
    assert len(telegram.called("sendMessage")) == 1


def test_a_reply_to_the_bot_is_a_question_and_one_to_a_person_is_not(
    telegram: TelegramServer,
) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        telegram.group("给小林的话", reply_to_message=telegram.message(GROUP, ALICE, "大家好"))
        ours = telegram.message(GROUP, BOT, "前一个答案")
        telegram.reply_to(telegram.group("那罚了多少？", reply_to_message=ours))
    assert ask.questions == ["那罚了多少？"]


def test_ask_or_the_name_alone_in_reply_asks_what_the_other_said(telegram: TelegramServer) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        other = telegram.message(GROUP, BOB, "留抵退税怎么办？")
        telegram.reply_to(telegram.group("/ask", reply_to_message=other))
        telegram.reply_to(telegram.group("@taxnews_bot", reply_to_message=other))
        empty = telegram.reply_to(telegram.group("@taxnews_bot"))
    assert ask.questions == ["留抵退税怎么办？"] * 2
    assert empty.result["text"] == ZH.ask_empty


def test_a_short_question_without_an_answer_is_about_the_message_it_replies_to(
    telegram: TelegramServer,
) -> None:
    notice = "广东给287万户次纳税人自动发放了发票"

    def ask(question: str) -> Answer:
        return found(question) if question == notice else not_found(question)

    with RunningBot(telegram, ask=ask):
        other = telegram.message(GROUP, BOB, notice)
        about = telegram.reply_to(telegram.group("@taxnews_bot 这是真的吗", reply_to_message=other))
        alone = telegram.reply_to(telegram.group("@taxnews_bot 这是真的吗"))
        named = telegram.group(
            "@taxnews_bot 火星上的公司要不要交增值税呢？", reply_to_message=other
        )
        longer = telegram.reply_to(named)
    understood = ZH.understood.format(question=notice)
    assert about.result["text"].startswith(f"{understood}\n{PASSAGE.sentence}")
    for reply in (alone, longer):
        assert reply.result["text"].startswith(ZH.not_found)


def test_a_mention_without_a_user_name_addresses_it_too(telegram: TelegramServer) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        entity = {"type": "text_mention", "offset": 0, "length": 2, "user": BOT}
        telegram.reply_to(telegram.group("税讯 退税多少？", entities=[entity]))
    assert ask.questions == ["退税多少？"]


def test_a_mention_in_a_caption_addresses_it(telegram: TelegramServer) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        telegram.reply_to(telegram.group(caption="@taxnews_bot 这是真的吗？", photo=_PHOTO))
        telegram.group(caption="没有叫它", photo=_PHOTO)
        telegram.settled()
    assert ask.questions == ["这是真的吗？"]


def test_a_caption_of_telegrams_full_length_gets_the_line_on_long_questions(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram):
        caption = ("@taxnews_bot " + "税" * 1024)[:1024]
        reply = telegram.reply_to(telegram.group(caption=caption, photo=_PHOTO))
    assert reply.result["text"] == ZH.too_long.format(length=1011, limit=1000)


def test_in_a_topic_the_reply_stays_there_and_the_opening_is_no_address(
    telegram: TelegramServer,
) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask):
        telegram.topic("大家随便聊聊", thread=5)  # "replies" to the opening, which is the bot's
        reply = telegram.reply_to(telegram.topic("/ask 退税多少？", thread=5))
    assert ask.questions == ["退税多少？"]
    assert reply["message_thread_id"] == 5
    assert reply["chat_id"] == FORUM["id"]


def test_a_thread_of_replies_outside_topics_is_not_echoed(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        reply = telegram.reply_to(telegram.group("/ask 退税多少？", message_thread_id=77))
    assert "message_thread_id" not in reply.params


def test_other_bots_and_its_own_inline_messages_are_no_questions(telegram: TelegramServer) -> None:
    ask = Recorder()
    other_bot = {"id": 5, "is_bot": True, "first_name": "别的机器人", "username": "other_bot"}
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    with RunningBot(telegram, ask=ask):
        telegram.group("@taxnews_bot 一起刷屏", sender=other_bot)
        telegram.private("来自内联的答案", via_bot=BOT)
        telegram.group("@taxnews_bot 转自频道", is_automatic_forward=True)
        telegram.reply_to(telegram.group("@taxnews_bot 匿名管理员问", sender=anonymous))
    assert ask.questions == ["匿名管理员问"]


# --- who may ask --------------------------------------------------------------------


def test_a_private_bot_turns_strangers_away_once_and_is_silent_in_groups(
    telegram: TelegramServer,
) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask, allowed=frozenset({ALICE["id"]})):
        first = telegram.reply_to(telegram.private("问题", sender=BOB))
        telegram.private("再问", sender=BOB)
        telegram.private("/help", sender=BOB)
        telegram.group("/ask 问题", sender=BOB)
        telegram.reply_to(telegram.private("小林的问题"))
        telegram.reply_to(telegram.group("/ask 小林在群里问"))
    assert first.result["text"] == EN.not_allowed.format(user=BOB["id"])
    assert ask.questions == ["小林的问题", "小林在群里问"]
    assert len(telegram.called("sendMessage")) == 3


# --- /start, /help, commands ---------------------------------------------------------


def test_start_and_help_speak_the_users_language(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        start = telegram.reply_to(telegram.private("/start"))
        english = telegram.reply_to(telegram.private("/help", sender=BOB))
        group = telegram.reply_to(telegram.group("/help@taxnews_bot", sender=BOB))
    today = ZH.date.format(FACTS.newest.astimezone(CHINA)) if FACTS.newest else ""
    known = f"现有 1,090 篇报道。最新一篇发布于 {today}。"
    assert start.result["text"] == f"{ZH.welcome}\n{known}\n{ZH.welcome_examples}"
    rows = start.result["reply_markup"]["inline_keyboard"]
    assert [button["text"] for (button,) in rows] == list(EXAMPLES)
    assert "1,090 posts" in english.result["text"]
    assert EN.not_advice in english.result["text"]
    assert "1,090 篇报道" in group.result["text"]


def test_help_warns_when_the_newest_post_is_old() -> None:
    now = datetime(2024, 5, 20, 12, tzinfo=timezone.utc)
    fresh = CorpusFacts(posts=2, paragraphs=9, newest=now - timedelta(days=7, hours=1))
    stale = replace(fresh, newest=now - timedelta(days=8))
    assert "⚠️" not in help_text(fresh, ZH, "怎么问", now=now)
    assert ZH.stale.format(days=8) in help_text(stale, ZH, "怎么问", now=now)
    assert ZH.newest.format(date="2024年5月12日") in help_text(stale, ZH, "怎么问", now=now)


def test_help_of_an_empty_corpus_says_so() -> None:
    empty = CorpusFacts(posts=0, paragraphs=0, newest=None)
    text = help_text(empty, ZH, "怎么问", now=datetime.now(timezone.utc))
    assert text == f"怎么问\n\n{ZH.corpus_empty}\n\n{ZH.not_advice}"


def test_commands_are_set_for_each_scope_in_each_language(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        calls = telegram.called("setMyCommands")
    menus = {(c["scope"]["type"], c.params.get("language_code", "")): c["commands"] for c in calls}
    scopes = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
    assert set(menus) == {(scope, code) for scope in scopes for code in ("", "zh", "en")}
    assert menus["default", "en"] == [
        {"command": "ask", "description": EN.command_ask},
        {"command": "help", "description": EN.command_help},
    ]
    assert menus["default", ""] == menus["default", "zh"]


def test_operators_have_their_own_commands_in_their_menu(telegram: TelegramServer) -> None:
    operator = ALICE["id"]
    with RunningBot(telegram, admins=frozenset({operator}), commands=15):
        calls = telegram.called("setMyCommands")
    own = {
        call.params.get("language_code", ""): [one["command"] for one in call["commands"]]
        for call in calls
        if call["scope"] == {"type": "chat", "chat_id": operator}
    }
    assert set(own) == {"", "zh", "en"}
    assert all(menu[-3:] == ["stats", "review", "unanswered"] for menu in own.values())
    shared = [call for call in calls if call["scope"]["type"] != "chat"]
    assert not any(one["command"] == "stats" for call in shared for one in call["commands"])


def test_an_operator_who_never_wrote_to_the_bot_is_no_reason_not_to_start(
    telegram: TelegramServer,
) -> None:
    for _ in range(12):
        telegram.fault("setMyCommands", Fault())
    telegram.fault("setMyCommands", Fault(status=400, description="Bad Request: chat not found"))
    with RunningBot(telegram, admins=frozenset({7})):
        telegram.reply_to(telegram.private("发票"))
    tried = [call.ok for call in telegram.calls if call.method == "setMyCommands"]
    assert tried == [True] * 12 + [False]


def test_what_a_chat_shows_before_it_begins_is_set_in_each_language(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram):
        long = telegram.called("setMyDescription")
        short = telegram.called("setMyShortDescription")
    languages = {"": ZH, "zh": ZH, "en": EN}
    assert {call.params.get("language_code", ""): call["description"] for call in long} == {
        code: texts.description for code, texts in languages.items()
    }
    assert {call.params.get("language_code", ""): call["short_description"] for call in short} == {
        code: texts.short_description for code, texts in languages.items()
    }


def test_who_reads_traditional_chinese_gets_the_interface_and_the_menu_in_it(
    telegram: TelegramServer,
) -> None:
    reader = ALICE | {"id": 1009, "language_code": "zh-hant"}
    with RunningBot(telegram):
        welcome = telegram.reply_to(telegram.private("/start", sender=reader))
        answer = telegram.reply_to(telegram.private("发票", sender=reader))
        settings = telegram.reply_to(telegram.private("/settings", sender=reader)).result
        telegram.reply_to(telegram.private("/settings"))
        menus = [
            call
            for call in telegram.called("setMyCommands")
            if call["scope"] == {"type": "chat", "chat_id": reader["id"]}
        ]
    assert welcome.result["text"].startswith("你好！直接發問題就行：我從稅務新聞裡找出")
    assert answer.result["text"].startswith("2021年，廣東給287萬戶次納稅人自動發放了發票。")
    (row, *_) = settings["reply_markup"]["inline_keyboard"]
    assert row[0]["text"] == "語言：自動"
    (menu,) = menus
    assert {"command": "search", "description": "搜索報道"} in menu["commands"]


def test_a_groups_start_says_how_one_asks_there(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        reply = telegram.reply_to(telegram.group("/start@taxnews_bot"))
    said = ZH.welcome_group.format(username="taxnews_bot")
    expected = f"{said}\n例如：/ask {EXAMPLES[0]}\n现有 1,090 篇报道。"
    assert reply.result["text"].startswith(expected)


def test_operators_are_under_no_users_limit(telegram: TelegramServer) -> None:
    ask = Recorder()
    with RunningBot(telegram, ask=ask, user_rate=1, admins=frozenset({ALICE["id"]})):
        for number in range(3):
            telegram.reply_to(telegram.private(f"问题{number}"))
        telegram.reply_to(telegram.private("问题", sender=BOB))
        refused = telegram.reply_to(telegram.private("问题", sender=BOB))
    assert len(ask.questions) == 4
    assert refused.result["text"] == EN.too_many


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("/latest", ZH.latest),
        ("/search 退税", "搜索结果"),
        ("/search@taxnews_bot 分类:hgjj", f"{ZH.latest} · 宏观经济"),
        ("/settings", ZH.settings_channel),
        ("/help", f"怎么问\n· 私聊：直接发问题，例如：{EXAMPLES[0]}\n"),
        ("/start", ZH.welcome_channel),
        ("／latest", ZH.latest),
        ("/最新", ZH.latest),
    ],
)
def test_commands_are_followed_in_a_channel_too(
    telegram: TelegramServer, command: str, says: str
) -> None:
    with RunningBot(telegram):
        telegram.channel_post("普通的一条消息")
        telegram.channel_post(f"{command.split()[0].split('@')[0]}@other_bot")
        reply = telegram.reply_to(telegram.channel_post(command))
    assert reply.result["text"].startswith(says)
    assert len(telegram.called("sendMessage")) == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("／latest", ZH.latest),
        ("／LATEST@taxnews_bot", ZH.latest),
        ("／search　退税", "搜索结果"),
        ("/搜索 退税", "搜索结果"),
        ("/關注", ZH.watch_empty[:12]),
        ("／ask 发票", PASSAGE.sentence),
        ("/开始", ZH.welcome),
        ("／没有这个", PASSAGE.sentence),
        ("帮助", "怎么问"),
        ("菜单", "怎么问"),
        ("退订", ZH.watches_none),
        ("取消訂閱", ZH.watches_none),
        ("订阅", ZH.watch_empty[:12]),
        ("訂閱 留抵退稅", "已关注：留抵退税"),
        ("搜索　退税", "搜索结果"),
        ("订阅号开发票怎么做账", PASSAGE.sentence),
        ("help", "怎么问"),
        ("最新报道", ZH.latest),
        ("最新 退税", PASSAGE.sentence),
        ("全文", ZH.tap_button.format(button="全文")),
    ],
)
def test_a_command_is_known_with_a_fullwidth_slash_and_by_its_chinese_name(
    telegram: TelegramServer, typed: str, says: str
) -> None:
    with RunningBot(telegram):
        telegram.private("／latest@other_bot")
        reply = telegram.reply_to(telegram.private(typed)).result["text"]
    assert simplified(reply).startswith(says)
    assert len(telegram.called("sendMessage")) == 1


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("@taxnews_bot 帮助", "怎么问"),
        ("最新報道 @taxnews_bot", ZH.latest),
        ("@taxnews_bot 搜索 退税", "搜索结果"),
        ("@taxnews_bot 订阅 留抵退税", ZH.settings_admins),
        ("@taxnews_bot 搜索引擎交什么税", PASSAGE.sentence),
        ("/ask 最新", PASSAGE.sentence),
    ],
)
def test_a_command_is_known_by_its_name_beside_the_bots_in_a_group(
    telegram: TelegramServer, said: str, says: str
) -> None:
    with RunningBot(telegram):
        silent = telegram.group("帮助")
        reply = telegram.reply_to(telegram.group(said)).result["text"]
        assert telegram.replies_to(silent) == []
    assert simplified(reply).startswith(says)


def test_the_bots_name_in_reply_to_the_name_of_a_command_asks_what_that_is(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram):
        others = telegram.group("退订", sender=BOB)
        asked = telegram.group("@taxnews_bot", reply_to_message=others)
        assert telegram.reply_to(asked).result["text"].startswith(PASSAGE.sentence)


def test_a_channels_settings_are_those_that_a_channel_has(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        reply = telegram.reply_to(telegram.channel_post("/settings")).result
    labels = [row[0]["text"] for row in reply["reply_markup"]["inline_keyboard"]]
    assert [label.partition("：")[0] for label in labels] == [
        "语言", "繁體字", "备选答案", "纯文本（无按钮，便于读屏）", "安静时段"
    ]  # fmt: skip


# --- what goes wrong --------------------------------------------------------------------


def test_a_failing_search_is_apologised_for_and_logged_without_the_question(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(question: str) -> Answer:
        raise RuntimeError(f"no idea about {question}")

    with RunningBot(telegram, ask=fail):
        reply = telegram.reply_to(telegram.private("我的机密问题"))
    assert reply.result["text"] == ZH.failed
    assert "builtins.RuntimeError" in caplog.text
    assert "in fail" in caplog.text
    assert "机密" not in caplog.text


def test_a_user_who_blocked_the_bot_causes_neither_error_nor_apology(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    with RunningBot(telegram):
        telegram.blocked.add(BOB["id"])
        telegram.private("问题", sender=BOB)
        telegram.reply_to(telegram.private("下一个"))
    assert len(telegram.called("sendMessage")) == 1
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]


def test_a_deleted_question_is_still_answered(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        gone = telegram.message({"id": ALICE["id"], "type": "private"}, ALICE, "问题")
        del telegram.messages[ALICE["id"], gone["message_id"]]
        telegram.push("message", gone)
        reply = telegram.reply_to(gone)
    assert "reply_to_message" not in reply.result


def test_markup_that_telegram_refuses_goes_out_as_plain_text(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        wrong = "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL"
        telegram.fault("sendMessage", Fault(status=400, description=wrong))
        reply = telegram.reply_to(telegram.private("问题"))
    assert reply.params.get("reply_markup") is None
    assert reply.result["text"].startswith(PASSAGE.sentence)
    assert "“纳税人少跑腿”>" in reply.result["text"]


def test_flood_control_is_waited_out(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        flood = Fault(status=429, description="Too Many Requests: retry after 1", retry_after=1)
        telegram.fault("sendMessage", flood)
        question = telegram.private("问题")
        reply = telegram.reply_to(question)
        refused = next(call for call in telegram.calls if not call.ok)
    assert reply.at - refused.at >= 1
    assert len(telegram.replies_to(question)) == 1


def test_polling_goes_on_after_errors_broken_answers_and_cut_connections(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram):
        telegram.fault("getUpdates", Fault(status=502), Fault(body=b'{"ok": tru'), Fault(cut=True))
        asked = telegram.private("问题")
        telegram.reply_to(asked)
    assert len(telegram.replies_to(asked)) == 1


def test_one_slow_search_doesnt_stop_the_bot_from_stopping(telegram: TelegramServer) -> None:
    released = threading.Event()

    def slow(question: str) -> Answer:
        released.wait(10)
        return found(question)

    with RunningBot(telegram, ask=slow):
        question = telegram.private("慢问题")
        telegram.settled()
        released.set()
    assert len(telegram.replies_to(question)) == 1


def test_every_answer_is_html_telegram_can_parse(telegram: TelegramServer) -> None:
    awkward = replace(
        PASSAGE, title='<b>"&amp;' * 40, source="</b>" * 30, text="<i>&\U00020bb7" * 100 + "。"
    )

    def ask(question: str) -> Answer:
        return Answer(question, 0.9, tuple(replace(awkward, paragraph=i) for i in range(6)))

    with RunningBot(telegram, ask=ask):
        reply = telegram.reply_to(telegram.private("问题"))
    assert parse_html(reply["text"])[0].rstrip() == reply.result["text"]
