"""The README's conversations are what the bot says."""

import shutil
from pathlib import Path

from tests.transcript.conversation import conversation, in_readme


def test_the_readmes_transcript_is_what_the_bot_says(sample_db: Path, tmp_path: Path) -> None:
    for path in sample_db.parent.glob(f"{sample_db.name}*"):
        copy = shutil.copytree if path.is_dir() else shutil.copy2
        copy(path, tmp_path / path.name)
    assert conversation(tmp_path / sample_db.name) == in_readme()
