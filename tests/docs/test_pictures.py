"""The pictures in docs/telegram.md are of what the bot says, and whole."""

import io
import json
from pathlib import Path

import pytest

from tests.transcript import picture


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The HTML of every picture, as the bot's messages are now."""
    return picture.pages(tmp_path_factory.mktemp("pictures"))


def test_the_pictures_are_of_what_the_bot_says_now(pages: dict[str, str]) -> None:
    taken = json.loads(picture.DIGESTS.read_text("utf-8"))
    outdated = [name for name, digest in picture.digests(pages).items() if taken[name] != digest]
    assert outdated == [], "take them again: python -m tests.transcript.picture"


def test_no_picture_is_large(pages: dict[str, str]) -> None:
    sizes = {name: (picture.FOLDER / f"{name}.png").stat().st_size for name in pages}
    assert {name: size for name, size in sizes.items() if size > 170_000} == {}


@pytest.mark.parametrize("name", ["start", "channel"])
def test_a_browser_draws_a_page_to_its_end(
    pages: dict[str, str], name: str, tmp_path: Path
) -> None:
    image = pytest.importorskip("PIL.Image")
    if (program := picture.browser()) is None:
        pytest.skip("no Chromium is installed here")
    with image.open(io.BytesIO(picture.take(program, pages[name], tmp_path))) as taken:
        drawn = taken.convert("RGB")
    ground = drawn.getpixel((1, 1))
    last = {drawn.getpixel((x, drawn.height - 3)) for x in range(drawn.width)}
    assert last == {ground}  # nothing is cut off below
    assert drawn.width == picture.WIDTH * 1.5
    assert len({drawn.getpixel((x, drawn.height // 2)) for x in range(drawn.width)}) > 1
