"""The conversations in docs/telegram.md and docs/alerts.md are what the bot says."""

from pathlib import Path

from tests.transcript import alerts, first_visit
from tests.transcript.conversation import ageless, conversation, in_docs


def test_the_transcript_in_the_docs_is_what_the_bot_says(own_db: Path) -> None:
    assert ageless(conversation(own_db)) == ageless(in_docs())


def test_the_alerts_in_the_docs_are_what_a_chat_sees(own_db: Path, tmp_path: Path) -> None:
    assert alerts.transcript(own_db, tmp_path / "site") == alerts.in_docs()


def test_the_first_visits_in_the_docs_are_what_the_bot_says(own_db: Path, tmp_path: Path) -> None:
    in_page = first_visit.PAGE.read_text("utf-8")
    seen = first_visit.page(own_db, tmp_path / "site")
    assert first_visit.ageless(seen) == first_visit.ageless(in_page)
