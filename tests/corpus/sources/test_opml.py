"""Lists of feeds, as feed readers exchange them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import SourceError
from corpus.sources.opml import dump, load
from tests.support.command_line import run_here as taxnews


def test_twenty_feeds_go_out_and_in_again(tmp_path: Path) -> None:
    first, second, path = tmp_path / "a.db", tmp_path / "b.db", tmp_path / "feeds.opml"
    addresses = [f"https://feeds.example.com/{number}.xml?a=1&b=2" for number in range(20)]
    for address in addresses:
        taxnews("source", "add", address, "--db", first)
    exported = taxnews("source", "export", "--db", first)
    path.write_text(exported.stdout, "utf-8")
    added = taxnews("source", "add", path, "--db", second, "--every", "600")
    again = taxnews("source", "add", path, "--db", second)
    assert added.stdout == "added 20 feeds; read them now: taxnews ingest\n"
    assert again.stdout == (
        "added 0 feeds, 20 were sources already; read them now: taxnews ingest\n"
    )
    assert taxnews("source", "export", "--db", second).stdout == exported.stdout
    listed = taxnews("source", "list", "--db", second).stdout.splitlines()
    assert [line for line in listed if line.startswith("feed")] == [f"feed {a}" for a in addresses]


def test_a_readers_folders_and_doubles_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        '<opml version="1.0"><body><outline text="税"><outline xmlUrl="https://a.example/x"/>'
        '<outline text="空"/></outline><outline xmlUrl=" https://b.example/y "/>'
        '<outline xmlUrl="https://a.example/x"/></body></opml>'
    )
    assert load(path) == ["https://a.example/x", "https://b.example/y"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no xml", "no OPML"),
        ("<rss><outline xmlUrl='https://a.example'/></rss>", "no feed in it"),
        ("<opml><body/></opml>", "no feed in it"),
        (
            "<!DOCTYPE o [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><opml>&a;</opml>",
            "no feed in it",
        ),
    ],
)
def test_what_is_no_list_of_feeds_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(content)
    with pytest.raises(SourceError, match=said):
        load(path)


def test_of_a_list_with_a_wrong_address_no_feed_is_added(tmp_path: Path) -> None:
    path, db = tmp_path / "feeds.opml", tmp_path / "a.db"
    path.write_text(dump(["https://a.example/x", "ftp://b.example/y"]))
    refused = taxnews("source", "add", path, "--db", db)
    assert refused.returncode == 2
    assert refused.stderr.startswith("taxnews: ftp://b.example/y")
    assert not db.exists()


_addresses = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)


@given(st.lists(_addresses, min_size=1, unique=True))
def test_any_addresses_come_back(
    tmp_path_factory: pytest.TempPathFactory, feeds: list[str]
) -> None:
    path = tmp_path_factory.mktemp("opml") / "feeds.opml"
    path.write_text(dump(feeds), "utf-8")
    assert load(path) == feeds
