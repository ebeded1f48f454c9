"""Channel editors: a digest at once, and a template of what a chat is sent."""

from pathlib import Path

import pytest

from bot.render.texts import EN, ZH
from bot.storage.subscription_values import Audience
from tests.support.newsroom import Newsroom
from tests.support.running_bot import RunningBot
from tests.support.telegram_server import BOB, CHANNEL, GROUP, TelegramServer

IN_CHANNEL = Audience(CHANNEL["id"], 0, False)
TEA = (1, "茶厂申报印花税", "青溪一家茶厂按期申报了印花税。")
WASH = (2, "洗车行补缴水资源税", "海州一家洗车行补缴水资源税八万元。")
TEMPLATE = "▍{标题}\n{句子}\n{链接} {标签}"


@pytest.fixture
def newsroom(telegram: TelegramServer, own_db: Path, tmp_path: Path) -> Newsroom:
    return Newsroom(telegram, own_db, tmp_path / "site")


def test_a_digest_is_sent_at_once_as_it_is_set_or_as_it_is_asked_for(newsroom: Newsroom) -> None:
    telegram = newsroom.telegram
    newsroom.publish(TEA)
    newsroom.publish(WASH, category="emnews")
    with newsroom.open():
        plain = telegram.reply_to(telegram.private("/digest now")).result["text"]
        narrow = telegram.reply_to(telegram.private("/digest now 分类:emnews")).result["text"]
        telegram.reply_to(telegram.private("/digest 周一 8:30 分类:emnews"))
        as_set = telegram.reply_to(telegram.private("/digest 现在")).result["text"]
        wrong = telegram.reply_to(telegram.private("/digest now 分类:火星")).result["text"]
    titles = [line for line in plain.splitlines() if line[:2] in ("1.", "2.")]
    assert sorted(title[3:] for title in titles) == [WASH[1], TEA[1]]
    assert plain.startswith("📮 ")
    assert TEA[1] not in narrow
    assert as_set == narrow
    assert wrong.startswith("资料库里没有这个分类：火星。")


def test_a_digest_of_nothing_says_so(newsroom: Newsroom) -> None:
    telegram = newsroom.telegram
    with newsroom.open():
        daily = telegram.reply_to(telegram.private("/digest now")).result["text"]
        telegram.reply_to(telegram.private("/digest 周一 8:30", sender=BOB))
        weekly = telegram.reply_to(telegram.private("/digest now", sender=BOB)).result["text"]
    assert (daily, weekly) == (ZH.digest_nothing, EN.digest_nothing_week)


def test_a_channels_posts_look_as_its_template_says(newsroom: Newsroom) -> None:
    telegram = newsroom.telegram
    newsroom.publish(TEA)
    newsroom.watch("水资源税", IN_CHANNEL)
    with newsroom.open():
        told = telegram.reply_to(telegram.channel_post(f"/template {TEMPLATE}")).result["text"]
        telegram.channel_post("/digest now")
        digest = telegram.wait("sendMessage", 2)[1]
        newsroom.publish(WASH)
        newsroom.settled()
        alert = telegram.wait("sendMessage", 3)[2]
    assert told == (
        f"{ZH.template_set}\n\n▍茶厂申报印花税\n青溪一家茶厂按期申报了印花税。\n"
        "原文 #快讯 #中国税务报"
    )
    assert digest.result["text"].splitlines()[2:] == [
        "▍茶厂申报印花税",
        "青溪一家茶厂按期申报了印花税。",
        "原文 #快讯 #中国税务报",
    ]
    assert "reply_parameters" not in digest.params  # a post of the channel, no reply
    assert alert.result["text"] == (
        "▍洗车行补缴水资源税\n海州一家洗车行补缴水资源税八万元。\n原文 #快讯 #中国税务报"
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{标题} {作者}", ZH.template_wrong.format(field="{作者}") + "\n" + ZH.template_fields),
        ("{标题", ZH.template_brace.format(field="{") + "\n" + ZH.template_fields),
        ("新闻", ZH.template_none + "\n" + ZH.template_fields),
        ("{标题}" + "长" * 300, ZH.template_long.format(length=304, limit=300)),
    ],
)
def test_a_wrong_template_is_refused_with_the_field_and_those_that_there_are(
    telegram: TelegramServer, typed: str, said: str
) -> None:
    with RunningBot(telegram):
        assert telegram.reply_to(telegram.private(f"/template {typed}")).result["text"] == said
        how = telegram.reply_to(telegram.private("/template")).result["text"]
    assert how == ZH.template_how


def test_a_template_is_shown_and_taken_back(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        telegram.reply_to(telegram.private(f"/template {TEMPLATE}"))
        shown = telegram.reply_to(telegram.private("/template")).result["text"]
        off = telegram.reply_to(telegram.private("/template 取消")).result["text"]
        after = telegram.reply_to(telegram.private("/template")).result["text"]
    assert shown == f"{ZH.template_now.format(template=TEMPLATE)}\n\n{ZH.template_how}"
    assert (off, after) == (ZH.template_off, ZH.template_how)


def test_only_admins_set_a_groups_template(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        refused = telegram.reply_to(telegram.group(f"/template {TEMPLATE}", chat=GROUP))
    assert refused.result["text"] == ZH.settings_admins
