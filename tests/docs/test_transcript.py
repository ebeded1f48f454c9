"""The conversations in docs/telegram.md are what the bot says."""

from pathlib import Path

from tests.transcript.conversation import ageless, conversation, in_docs


def test_the_transcript_in_the_docs_is_what_the_bot_says(own_db: Path) -> None:
    assert ageless(conversation(own_db)) == ageless(in_docs())
