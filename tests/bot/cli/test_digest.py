"""`taxnews digest` for people, for machines, and as Markdown."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from corpus.reading.posts import CHINA
from tests.support.command_line import run_here as taxnews

PUBLISHED = datetime.now(CHINA).replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A database of one post of today."""
    posts, db = tmp_path / "posts.jsonl", tmp_path / "a.db"
    post = {
        "id": "1",
        "title": "青石市[通报]一起*偷税*案",
        "published": PUBLISHED.isoformat(),
        "source": "青石日报",
        "url": "https://example.com/1",
        "text": "青石市税务局查处一起偷税案件，追缴税款三十万元。",
    }
    posts.write_text(json.dumps(post, ensure_ascii=False), "utf-8")
    taxnews("source", "add", posts, "--db", db)
    assert taxnews("ingest", "--db", db).returncode == 0
    return db


def test_a_digest_for_machines_is_an_object_a_line(db: Path) -> None:
    (line,) = taxnews("digest", "--json", "--db", db).stdout.splitlines()
    told = json.loads(line)
    assert told.pop("score") > 0
    assert datetime.fromisoformat(told.pop("published")) == PUBLISHED
    assert len(told.pop("post")) > 1
    assert told == {
        "rank": 1,
        "title": "青石市[通报]一起*偷税*案",
        "type": "case",
        "source": "青石日报",
        "url": "https://example.com/1",
    }


def test_a_digest_in_markdown_is_a_list_of_links(db: Path) -> None:
    assert taxnews("digest", "--markdown", "--db", db).stdout == (
        r"1. [青石市\[通报\]一起\*偷税\*案](<https://example.com/1>) · "
        f"{PUBLISHED:%Y-%m-%d} · 青石日报\n"
    )


def test_the_reasons_are_for_people(db: Path) -> None:
    refused = taxnews("digest", "--json", "--explain", "--db", db)
    assert refused.returncode == 2
    assert refused.stderr.startswith("taxnews: --explain is for people")
