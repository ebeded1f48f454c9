"""Bots and a command line over a cluster, which is fed from one database."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.render.texts import ZH
from bot.storage.chats import ChatStore
from bot.storage.subscription_values import Audience
from corpus.store.store import Store
from retrieval.cluster.choice import ClusterChoice
from retrieval.engine.opening import opened_library
from tests.conftest import Run
from tests.support.newsroom import write
from tests.support.running_bot import RunningBot
from tests.support.search_server import SearchServer
from tests.support.serving import serving
from tests.support.telegram_server import ALICE, TelegramServer

QUESTION = "2021年广东给多少户次纳税人自动发放了发票？"

WHALES = "海角市鲸油公司骗取退税多少"


def site(folder: Path) -> Path:
    """A folder of one post, which answers `WHALES`."""
    made = folder / "site"
    made.mkdir()
    (made / "whale.md").write_text(
        "---\nlayout: post\ntitle: 海角市查处鲸油公司\ndate: 2026-11-01\n---\n"
        "海角市税务局查处一家鲸油公司，骗取退税七万元。\n",
        encoding="utf-8",
    )
    return made


@pytest.fixture
def node(
    own_db: Path, taxnews: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[SearchServer]:
    """A cluster that holds the sample posts, and is what the settings choose."""
    monkeypatch.chdir(tmp_path)
    with SearchServer() as server:
        monkeypatch.setenv("TAXNEWS_CLUSTER", server.url)
        monkeypatch.setenv("TAXNEWS_CLUSTER_TIMEOUT", "30")
        fed = taxnews("cluster", "feed", "--db", own_db)
        assert fed.stdout == "the cluster holds 48 posts, 197 paragraphs\n"
        yield server


def test_a_command_line_without_a_database_answers_from_the_cluster(
    node: SearchServer, taxnews: Run, tmp_path: Path
) -> None:
    none = tmp_path / "none.db"
    asked = taxnews("ask", QUESTION, "--json", "--place", "广东", "--db", none)
    assert json.loads(asked.stdout)["answered"]
    assert "287万户次" in taxnews("ask", QUESTION, "--db", none).stdout
    assert "confidence" in taxnews("explain", QUESTION, "--db", none).stdout
    assert "1." in taxnews("digest", "--days", "366", "--db", none).stdout
    unknown = taxnews("ask", QUESTION, "--category", "没有", "--db", none)
    assert unknown.returncode == 2
    assert "no post has it" in unknown.stderr
    assert not none.exists()


def test_what_a_cluster_cannot_do_is_refused_in_one_line(
    node: SearchServer, taxnews: Run, own_db: Path
) -> None:
    refused = taxnews("trend", "骗税", "--db", own_db)
    assert refused.returncode == 2
    assert refused.stderr.startswith("taxnews: a cluster counts no mentions")
    assert refused.stderr.count("\n") == 1


def test_a_cluster_that_is_gone_is_an_error_of_one_line(
    node: SearchServer, taxnews: Run, tmp_path: Path
) -> None:
    node.die()
    asked = taxnews("ask", QUESTION, "--db", tmp_path / "none.db")
    node.come_back()
    assert asked.returncode == 2
    assert "the cluster does not answer" in asked.stderr.splitlines()[-1]
    assert QUESTION not in asked.stderr


def test_status_and_rebuild_say_how_the_cluster_is(
    node: SearchServer, taxnews: Run, own_db: Path, tmp_path: Path
) -> None:
    again = taxnews("cluster", "feed", "--db", own_db)
    assert again.stdout.endswith(": nothing had changed\n")
    row = json.loads(taxnews("cluster", "status", "--json", "--db", own_db).stdout)
    assert (row["health"], row["behind"], row["mark"]["posts"]) == ("green", 0, 48)
    rebuilt = taxnews("cluster", "rebuild", "--db", own_db)
    assert rebuilt.stdout == "48 posts, 197 paragraphs written anew\n"
    text = taxnews("cluster", "status", "--db", tmp_path / "none.db").stdout
    assert "holds     48 posts, 197 paragraphs" in text
    assert "behind" not in text


def test_a_front_without_posts_is_well_for_the_doctor(
    node: SearchServer, taxnews: Run, tmp_path: Path
) -> None:
    none, own = tmp_path / "none.db", tmp_path / "front.db"
    found = taxnews("doctor", "--db", none)
    assert (found.returncode, "WRONG" in found.stdout) == (0, False)
    assert "ok    database: none yet, and the posts are the cluster's\n" in found.stdout
    Store.open(own, create=True).close()
    ChatStore(own).close()
    found = taxnews("doctor", "--db", own)
    assert (found.returncode, "WRONG" in found.stdout) == (0, False)
    assert "ok    database\n" in found.stdout
    assert "ok    cluster: 48 posts" in found.stdout
    with Store.open(own) as store:
        store.add_source("folder", str(tmp_path / "site"), every=60)
    assert "WRONG database: no posts in it yet" in taxnews("doctor", "--db", own).stdout


def test_without_a_setting_the_command_names_it(
    taxnews: Run, own_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TAXNEWS_CLUSTER", raising=False)
    refused = taxnews("cluster", "status", "--db", own_db)
    assert refused.returncode == 2
    assert "TAXNEWS_CLUSTER is not set" in refused.stderr


def test_posts_that_are_read_are_fed_at_once(
    node: SearchServer, taxnews: Run, own_db: Path, tmp_path: Path
) -> None:
    read = taxnews("ingest", site(tmp_path), "--db", own_db)
    assert "feeding 1 posts" in read.stderr
    assert "七万元" in taxnews("ask", WHALES, "--db", tmp_path / "front.db").stdout


def test_a_chat_is_told_of_a_cluster_that_is_gone_and_answered_when_it_is_back(
    node: SearchServer, telegram: TelegramServer, tmp_path: Path
) -> None:
    choice = ClusterChoice((node.url,), timeout=30.0)
    front = tmp_path / "front.db"
    with (
        opened_library(front, cluster=choice) as library,
        RunningBot(telegram, library=library, db=front, user_rate=0, chat_rate=0),
    ):
        assert "287万户次" in telegram.reply_to(telegram.private(QUESTION)).result["text"]
        trend = telegram.reply_to(telegram.private("/trend 骗税"))
        assert trend.result["text"] == ZH.trend_missing
        node.die()
        gone = telegram.reply_to(telegram.private("骗取留抵退税的有哪些公司？"))
        assert gone.result["text"] == ZH.unreachable
        node.come_back()
        replies = [ZH.unreachable]
        while replies[-1] == ZH.unreachable:
            replies.append(telegram.reply_to(telegram.private(QUESTION)).result["text"])
        assert "287万户次" in replies[-1]


def test_a_bot_without_posts_is_served_as_a_process_of_its_own(
    node: SearchServer, telegram: TelegramServer, tmp_path: Path
) -> None:
    front = tmp_path / "front.db"
    with serving(telegram, front, TAXNEWS_CLUSTER=node.url):
        telegram.until(lambda: bool(telegram.called("getUpdates")), timeout=60, what="polling")
        reply = telegram.reply_to(telegram.private(QUESTION))
    assert "287万户次" in reply.result["text"]


def test_a_bot_that_follows_sources_feeds_what_comes(
    node: SearchServer, telegram: TelegramServer, taxnews: Run, own_db: Path, tmp_path: Path
) -> None:
    taxnews("source", "add", site(tmp_path), "--every", "1", "--db", own_db)
    settings = {"TAXNEWS_CLUSTER": node.url, "TAXNEWS_CLUSTER_TIMEOUT": "30"}
    with serving(telegram, own_db, **settings):
        posts = node.shelf.aliases["taxnews-posts"]
        telegram.until(lambda: len(node.shelf.seen[posts]) == 49, timeout=120, what="the post")
        replies = [""]
        while "七万元" not in replies[-1]:
            replies.append(telegram.reply_to(telegram.private(WHALES)).result["text"])


def test_a_post_that_is_fed_alerts_the_chats_of_a_bot_without_posts(
    node: SearchServer, telegram: TelegramServer, taxnews: Run, own_db: Path, tmp_path: Path
) -> None:
    front = tmp_path / "front.db"
    telegram.chats[ALICE["id"]] = {"id": ALICE["id"], "type": "private"}
    with ChatStore(front) as chats:
        assert chats.subscriptions.queries.add(
            Audience(ALICE["id"], 0, True), None, "鲸油公司 骗取退税"
        )
        chats.subscriptions.alerts.note(0)
    folder = tmp_path / "site"
    folder.mkdir()
    write(folder, 1, "海角市查处鲸油公司", "海角市税务局查处鲸油公司，骗取退税七万元。")
    choice = ClusterChoice((node.url,), timeout=30.0)
    with (
        opened_library(front, cluster=choice) as library,
        RunningBot(telegram, library=library, db=front),
    ):
        assert taxnews("ingest", folder, "--db", own_db).returncode == 0
        (alert, *_) = telegram.wait("sendMessage", timeout=120)
    assert "七万元" in alert.result["text"]


def test_the_doctor_says_how_the_cluster_is(node: SearchServer, taxnews: Run, own_db: Path) -> None:
    assert "ok    cluster: 48 posts, fed " in taxnews("doctor", "--db", own_db).stdout
    node.die()
    ill = taxnews("doctor", "--db", own_db)
    node.come_back()
    assert ill.returncode == 1
    assert "WRONG cluster: the cluster does not answer" in ill.stdout
