"""Coverage-guided fuzzing of the parser: whatever the bytes, a clean `Post` or `NotAPost`.

    python -m tests.drills.fuzz [-runs=1000000] [-seed=1] [FOLDER…]

The inputs are bytes in the form of a post, pieces of the site's markup among them, that atheris
(an extra of its own: pip install -e '.[fuzz]') mutates towards code not yet reached. The
arguments are libFuzzer's; an input that crashes, or takes more than five seconds, ends the run
with its bytes in a file.
"""

import sys
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["corpus"]):
    from corpus.errors import NotAPost
    from corpus.reading.post_files import decode

SAMPLE = Path(__file__).parents[2] / "corpus" / "sample" / "_posts"
GOLDEN = Path(__file__).parents[1] / "posts"
FRONT = b'---\nlayout: post\ntitle: "t"\n'
NAME = "2022-05-06-NW202205060000000001.md"


def check(data: bytes) -> None:
    """Raises AssertionError for a post that no reader should get."""
    for candidate in (data, FRONT + data):
        try:
            post = decode(candidate, name=NAME)
        except NotAPost:
            continue
        assert post.id
        assert post.url is None or post.url.startswith(("http://", "https://"))
        texts = [post.title or "", post.source or ""]
        for paragraph in post.paragraphs:
            assert paragraph.text.strip()
            texts += [paragraph.text, paragraph.heading or ""]
        for text in texts:
            assert not {"Cc", "Cs"} & {unicodedata.category(c) for c in text}


def main() -> None:
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    with TemporaryDirectory() as seeds:
        for path in (*SAMPLE.glob("*.md"), *GOLDEN.glob("*.md")):
            (Path(seeds) / path.name).write_bytes(path.read_bytes())
        defaults = ["-runs=1000000", "-timeout=5", "-max_len=8192", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *defaults, *options, seeds, *folders], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
