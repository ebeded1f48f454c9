"""The README's conversations are what the bot says."""

from pathlib import Path

from tests.transcript.conversation import ageless, conversation, in_readme


def test_the_readmes_transcript_is_what_the_bot_says(own_db: Path) -> None:
    assert ageless(conversation(own_db)) == ageless(in_readme())
