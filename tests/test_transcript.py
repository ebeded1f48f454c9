"""The README's conversations are what the bot says."""

from pathlib import Path

from tests.transcript.conversation import conversation, in_readme


def test_the_readmes_transcript_is_what_the_bot_says(own_db: Path) -> None:
    assert conversation(own_db) == in_readme()
