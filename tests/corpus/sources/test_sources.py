"""Sources: a real HTTP server on loopback, real git checkouts, real files."""

import asyncio
import gzip
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import SourceError
from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.sources import feeds, http, jsonlines
from corpus.sources.http import Document, Limits, fetch
from corpus.sources.kinds import kind_of
from corpus.store.store import Store
from corpus.store.values import KnownSource
from corpus.sync.entries import with_known_stories
from corpus.sync.following import follow, look
from corpus.sync.ingest import Summary
from tests.support.post_files import write
from tests.support.stores import NOON, put

QUICK = Limits(seconds=60, silence=30, size=50_000, redirects=3, attempts=3, pause=0.01)
HASTY = replace(QUICK, seconds=0.6)
IMPATIENT = replace(QUICK, silence=0.3)
"""For what is slow on purpose: anything else may be, on a busy machine."""


# --- a server -----------------------------------------------------------------------


class Server:
    """Serves what `pages` say, on loopback; counts the requests for each path."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.requests: list[tuple[str, str | None, str | None]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = (self.headers["If-None-Match"], self.headers["If-Modified-Since"])
                server.requests.append((self.path, *headers))
                with suppress(BrokenPipeError, ConnectionResetError):  # the client had enough
                    server.pages[self.path](self)

            def log_message(self, *_: object) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "taxnews.db", create=True) as store:
        yield store


def reply(
    body: bytes = b"", status: int = 200, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def page(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return page


def in_turn(
    *pages: Callable[[BaseHTTPRequestHandler], None],
) -> Callable[[BaseHTTPRequestHandler], None]:
    left = list(pages)
    return lambda request: (left.pop(0) if len(left) > 1 else left[0])(request)


def endless(pause: float) -> Callable[[BaseHTTPRequestHandler], None]:
    def page(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"<rss>" * 100)
            time.sleep(pause)

    return page


def until_it_hangs_up(request: BaseHTTPRequestHandler) -> None:
    request.rfile.read(1)


def slow_headers(request: BaseHTTPRequestHandler) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + bytes(100):
        request.wfile.write(bytes([byte]))
        time.sleep(0.05)


# --- fetching -----------------------------------------------------------------------


def test_a_document_comes_with_what_to_ask_by_the_next_time(server: Server) -> None:
    server.pages["/"] = reply(b"x", ETag='"1"', Last_Modified="Mon", Content_Type="text/xml")
    assert fetch(server.url + "/", limits=QUICK) == Document(b"x", "text/xml", '"1"', "Mon")


def test_what_has_not_changed_is_not_sent_again(server: Server) -> None:
    server.pages["/"] = reply(status=304)
    assert fetch(server.url + "/", etag='"1"', modified="Mon", limits=QUICK) is None
    assert server.requests == [("/", '"1"', "Mon")]


def test_an_etag_that_no_header_can_hold_is_not_sent_back(server: Server) -> None:
    server.pages["/"] = reply(b"x")
    assert fetch(server.url + "/", etag='"税"', modified="周五", limits=QUICK) is not None
    assert server.requests == [("/", None, None)]


def test_what_a_proxy_changed_is_read(server: Server) -> None:
    server.pages["/"] = reply(b"x", status=203)
    document = fetch(server.url + "/", limits=QUICK)
    assert document is not None
    assert document.data == b"x"


def test_an_error_that_passes_is_tried_again(server: Server) -> None:
    server.pages["/"] = in_turn(reply(status=503), reply(status=429), reply(b"x"))
    document = fetch(server.url + "/", limits=QUICK)
    assert document is not None
    assert document.data == b"x"
    assert len(server.requests) == 3


def test_redirects_are_followed_and_counted(server: Server) -> None:
    server.pages["/a"] = reply(status=301, Location="/b")
    server.pages["/b"] = reply(status=307, Location=server.url + "/c")
    server.pages["/c"] = reply(b"x")
    document = fetch(server.url + "/a", limits=QUICK)
    assert document is not None
    assert document.data == b"x"


def a_red_status(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.0 418 \x1b[31mred\r\nContent-Length: 0\r\n\r\n")


BOMB = gzip.compress(b"\0" * 10_000_000)


@pytest.mark.parametrize(
    ("page", "reason", "requests"),
    [
        (reply(status=404), "HTTP 404 Not Found", 1),
        (reply(status=403), "HTTP 403 Forbidden", 1),
        (reply(status=204), "HTTP 204 No Content", 1),
        (reply(status=500), r"HTTP 500 Internal Server Error \(3 attempts\)", 3),
        (reply(status=302, Location="/"), "more than 3 redirects", 4),
        (reply(status=302, Location="file:///etc/passwd"), "only http:// and https://", 1),
        (reply(status=302, Location="http://e.com:port/"), r"Invalid port.*attempts", 3),
        (reply(status=302, Location="javascript:1"), "redirects to what is no address", 1),
        (reply(status=302, Location="http://e.com:99999/"), "no port 99999", 1),
        (reply(status=302, Location="http://xn--a.e.com/"), "redirects to what is no address", 1),
        (reply(status=302, Location="http://e .com/"), "no host e%20.com", 1),
        (reply(status=302, Location="file:" + "/" * 60_000), "only http:// and https://", 1),
        (reply(status=429, Retry_After="3600"), "HTTP 429.*to be asked again after 3600 s", 1),
        (reply(status=503, Retry_After="9" * 99), "HTTP 503.*after 86400 s", 1),
        (reply(status=503, Retry_After="Fri, 01 Mar 2024 08:00:00 GMT"), "attempts", 3),
        (reply(status=429, Retry_After="nonsense"), "attempts", 3),
        (reply(status=304), "HTTP 304 Not Modified", 1),
        (a_red_status, r"HTTP 418 \[31mred$", 1),
        (reply(BOMB), "more than 50,000 bytes", 1),
        (reply(b"\x1f\x8bno"), "a damaged gzip file", 1),
        (reply(b"x" * 60_000), "more than 50,000 bytes", 1),
        (reply(BOMB, Content_Encoding="gzip"), "more than 50,000 bytes", 1),
        (reply(gzip.compress(BOMB), Content_Encoding="gzip, gzip"), "packed more than once", 1),
        (reply(b"x", Content_Encoding="br"), "packed as br, which was not asked for", 1),
        (reply(b"x", Content_Encoding="ZStd"), "packed as zstd, which was not asked for", 1),
        (reply(b"not gzip", Content_Encoding="gzip"), "attempts", 3),
        (reply(b"x", Content_Length="99"), "attempts", 3),
        (endless(0), "more than 50,000 bytes", 1),
        (endless(0.05), "not read after 0.6 s", 1),
        (slow_headers, "not read after 0.6 s", 1),
        (until_it_hangs_up, r"no word for 0.3 s \(3 attempts\)", 3),
    ],
)
def test_whatever_goes_wrong_is_a_clear_error(
    server: Server, page: Callable[[BaseHTTPRequestHandler], None], reason: str, requests: int
) -> None:
    server.pages["/"] = page
    limits = {"not read": HASTY, "no word ": IMPATIENT}.get(reason[:8], QUICK)
    with pytest.raises(SourceError, match=reason) as caught:
        fetch(server.url + "/", limits=limits)
    assert str(caught.value).startswith(
        (server.url, "file:", "http://e.com", "http://e%20.", "http://xn--a")
    )
    if limits is QUICK:
        assert len(server.requests) == requests
    else:  # on a busy machine the time may be up before the server hears of it
        assert len(server.requests) <= requests


@pytest.mark.parametrize(
    ("host", "target", "is_refused"),
    [
        ("8.8.8.8", "127.0.0.1", True),
        ("8.8.8.8", "169.254.169.254", True),
        ("8.8.8.8", "::1", True),
        ("8.8.8.8", "::ffff:10.0.0.1", True),
        ("8.8.8.8", "2130706433", True),
        ("8.8.8.8", "localhost", True),
        ("8.8.8.8", "1.1.1.1", False),
        ("10.0.0.1", "127.0.0.1", False),
    ],
)
def test_a_redirect_from_outside_leads_to_nobody_inside(
    host: str, target: str, is_refused: bool
) -> None:
    async def found() -> tuple[list[str], list[str]]:
        return await http._addresses(host), await http._addresses(target)

    assert http._leads_inside(*asyncio.run(found())) == is_refused


def test_a_host_is_connected_to_at_the_address_that_was_checked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers the second question for a host with another address gains nothing."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def rebinding(host: str, *others: object, **more: object) -> object:
        asked.append(host)
        if host.endswith(".test"):
            host = "127.0.0.1" if asked.count(host) == 1 else "127.0.0.9"
        return resolve(host, *others, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    port = server.url.rpartition(":")[2]
    server.pages["/a"] = reply(status=302, Location="/b")
    server.pages["/b"] = reply(status=302, Location=f"http://second.test:{port}/c")
    hosts = []

    def last(request: BaseHTTPRequestHandler) -> None:
        hosts.append(request.headers["Host"])
        reply(b"x")(request)

    server.pages["/c"] = last
    document = fetch(f"http://first.test:{port}/a", limits=QUICK)
    assert document is not None
    assert (document.data, hosts) == (b"x", [f"second.test:{port}"])
    assert [host for host in asked if host.endswith(".test")] == ["first.test", "second.test"]


def test_a_host_without_an_address_is_not_asked_for_by_name(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers the first question for a host with nothing gains nothing either."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def late(host: str, *others: object, **more: object) -> object:
        asked.append(host)
        if host == "late.test" and asked.count(host) == 1:
            raise socket.gaierror("no address")
        return resolve("127.0.0.1", *others, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", late)
    once = replace(QUICK, attempts=1)
    with pytest.raises(SourceError, match=r"no address of late\.test is known"):
        fetch(f"http://late.test:{server.url.rpartition(':')[2]}/", limits=once)
    assert (server.requests, asked) == ([], ["late.test"])


def test_a_packed_file_is_unpacked(server: Server) -> None:
    server.pages["/feed.xml.gz"] = reply(gzip.compress(b"x"))
    document = fetch(server.url + "/feed.xml.gz", limits=QUICK)
    assert document is not None
    assert document.data == b"x"


def test_nobody_there_is_a_clear_error(server: Server) -> None:
    server.close()
    with pytest.raises(SourceError, match=r"connection attempts failed \(3 attempts\)"):
        fetch(server.url + "/", limits=QUICK)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("ftp://example.com/feed", "only http:// and https://"),
        ("http://e.com:99999/", "no port 99999"),
        ("http://xn--a.e.com/", "not an address"),
        ("file:///etc/passwd", "only http:// and https://"),
        ("http://", "only http:// and https://"),
        ("http://user:secret@example.com/", "a password in it is not kept"),
        ("http://user:secret@example.com:99999/", "no port 99999"),
        ("ftp://user:secret@example.com/", "only http:// and https://"),
        ("http://user:sec/ret:secret@[::1/", "not an address"),
        ("http://e xample.com/", "no host"),
        ("http://e.com:port/", "not an address"),
        ("nowhere", "no source: a folder"),
        (" ", "an empty name"),
        ("/tmp/\udcff", "only names in UTF-8"),
    ],
)
def test_what_is_no_source_is_refused(location: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        kind_of(location)
    assert "secret" not in str(caught.value)


# --- feeds --------------------------------------------------------------------------

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>青溪税讯</title><link>http://e.com/</link>
<item><title>甲 &amp;amp; 乙</title><guid isPermaLink="false">17</guid>
<pubDate>Fri, 06 May 2022 04:00:00 GMT</pubDate><category>税收</category><category>要闻</category>
<link>http://e.com/17</link><description>&lt;p&gt;只有摘要。&lt;/p&gt;</description></item>
<item><title>全文</title><guid>http://e.com/202205060000000001.html</guid>
<link>http://e.com/202205060000000001.html</link><description>摘要。</description>
<content:encoded><![CDATA[<p>小标题</p><p>第一段。</p><p>（文章来源：青溪税报）</p>
<p><a href="http://f.com/1">http://f.com/1</a></p><p><a href="/">返回首页</a></p>]]>
</content:encoded>
</item>
<item></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>甲</title>
<entry><id>urn:uuid:1</id><title type="html">&lt;b&gt;题&lt;/b&gt;</title>
<updated>2022-05-06T12:00:00+08:00</updated><link href="http://e.com/1"/>
<content type="html">&lt;p&gt;正文。&lt;/p&gt;</content></entry></feed>"""


def add(store: Store, location: object, *, every: int = 300, pull: bool = False) -> KnownSource:
    kind, kept = kind_of(str(location))
    return store.add_source(kind, kept, every=every, pull=pull)


def state(store: Store) -> KnownSource:
    return store.sources()[0]


def stories(store: Store) -> list[Post]:
    return [story.post for story in store.all_stories()]


def test_the_entries_of_a_feed_become_posts(store: Store, server: Server) -> None:
    server.pages["/feed"] = reply(RSS.encode(), Content_Type="application/rss+xml")
    assert look(store, add(store, server.url + "/feed"), limits=QUICK) == Summary(
        added=2, skipped=1
    )
    full, short = stories(store)
    assert full == Post(
        id="202205060000000001",
        title="全文",
        published=None,
        category=None,
        tags=(),
        source="青溪税报",
        url="http://e.com/202205060000000001.html",
        paragraphs=(Paragraph("小标题", "第一段。"),),
        warnings=("no usable date ('')",),
    )
    assert short == Post(
        id=short.id,
        title="甲 & 乙",
        published=NOON,
        category="税收",
        tags=("要闻",),
        source="青溪税讯",
        url="http://e.com/17",
        paragraphs=(Paragraph(None, "只有摘要。"),),
    )
    assert [row["kind"] for row in store.problems()] == ["empty"]


def test_an_atom_feed_is_read_as_well(store: Store, server: Server) -> None:
    server.pages["/feed"] = reply(ATOM.encode())
    look(store, add(store, server.url + "/feed"), limits=QUICK)
    (post,) = stories(store)
    assert (post.title, post.published, post.source) == ("题", NOON, "甲")


def test_the_same_own_id_in_two_feeds_is_two_stories() -> None:
    def ids(location: str, text: str) -> list[str]:
        read = feeds.parse(text.encode(), "", location)
        return [r.outcome.id for r in read if isinstance(r.outcome, Post)]

    assert ids("http://a.com/", RSS)[0] != ids("http://b.com/", RSS)[0]
    assert ids("http://a.com/", ATOM) == ids("http://b.com/", ATOM)  # a URN is one everywhere


def test_an_entry_that_ages_out_of_its_feed_stays(store: Store, server: Server) -> None:
    server.pages["/feed"] = in_turn(reply(RSS.encode()), reply(ATOM.encode()))
    source = add(store, server.url + "/feed")
    look(store, source, limits=QUICK)
    assert look(store, state(store), limits=QUICK) == Summary(added=1)
    assert len(stories(store)) == 3
    assert (state(store).posts, store.problems()) == (3, [])


def test_a_changed_entry_replaces_what_it_told(store: Store, server: Server) -> None:
    server.pages["/feed"] = in_turn(
        reply(RSS.encode()), reply(RSS.replace("只有", "改了").encode())
    )
    source = add(store, server.url + "/feed")
    look(store, source, limits=QUICK)
    assert look(store, source, limits=QUICK) == Summary(updated=1, unchanged=1, skipped=1)
    assert stories(store)[1].paragraphs == (Paragraph(None, "改了摘要。"),)


def test_a_feed_gives_way_to_the_file_of_the_story(
    tmp_path: Path, store: Store, server: Server
) -> None:
    server.pages["/feed"] = reply(RSS.encode())
    look(store, add(store, server.url + "/feed"), limits=QUICK)
    add(store, write(tmp_path / "site" / "a.md", "文件里的话。").parent)
    assert look(store, store.sources()[1]) == Summary(merged=1)
    assert stories(store)[0].paragraphs == (Paragraph(None, "文件里的话。"),)


def test_an_unchanged_feed_is_asked_for_by_its_etag(store: Store, server: Server) -> None:
    server.pages["/feed"] = in_turn(reply(RSS.encode(), ETag='"1"'), reply(status=304))
    add(store, server.url + "/feed")
    look(store, state(store), limits=QUICK)
    assert look(store, state(store), limits=QUICK) == Summary()
    look(store, state(store), limits=QUICK)
    assert [etag for _, etag, _ in server.requests] == [None, '"1"', '"1"']


BROKEN = {
    "/broken": reply(RSS[:150].encode()),
    "/html": reply("<!doctype html><p>不是</p>".encode()),
    "/bomb": reply(b'<!DOCTYPE x [<!ENTITY a "aaaa">]><rss version="2.0"></rss>'),
    "/empty": reply(b""),
    "/path": reply(b"/etc/passwd"),
    "/500": reply(status=500),
    "/loop": reply(status=302, Location="/loop"),
    "/slow": endless(0.05),
    "/endless": endless(0),
}


def test_none_of_the_broken_stops_the_others(store: Store, server: Server) -> None:
    server.pages |= BROKEN
    server.pages["/good"] = reply(ATOM.encode())
    for path in [*BROKEN, "/good"]:
        source = add(store, server.url + path)
        if path != "/good":
            with pytest.raises(SourceError):
                look(store, source, limits=HASTY)
        else:
            look(store, source, limits=QUICK)
    *broken, good = store.sources()
    assert [source.last_error for source in broken if not source.last_error] == []
    assert [source.last_success for source in broken if source.last_success] == []
    assert (good.last_error, good.posts) == (None, 1)
    assert good.last_success == good.last_run


def test_an_error_keeps_the_cursor_and_what_was_read(store: Store, server: Server) -> None:
    server.pages["/feed"] = in_turn(
        reply(ATOM.encode(), ETag='"1"'), reply(status=404), reply(status=304)
    )
    add(store, server.url + "/feed")
    look(store, state(store), limits=QUICK)
    before = state(store)
    with pytest.raises(SourceError):
        look(store, before, limits=QUICK)
    after = state(store)
    assert (after.cursor, after.posts) == (before.cursor, 1)
    assert after.last_error == f"{server.url}/feed: HTTP 404 Not Found"
    look(store, after, limits=QUICK)
    assert state(store).last_error is None


def test_a_broken_end_leaves_the_entries_before_it() -> None:
    readings = feeds.parse(RSS[: RSS.index("<item></item>")].encode(), "", "http://e.com/")
    assert [r.outcome.title for r in readings if isinstance(r.outcome, Post)] == ["甲 & 乙", "全文"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-7", "cp037", "cp500"])
def test_entities_are_found_in_whatever_encoding(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [<!ENTITY a "{"a" * 999}">]>'
        f'<rss version="2.0"><channel><item><title>{"&a;" * 999}</title></item></channel></rss>'
    )
    data = text.encode(encoding)
    if encoding == "utf-7":
        data = data.replace(b"<!ENTITY", b"+ADwAIQ-ENTITY")
    for content_type in ("", f"application/xml; charset={encoding}"):
        with pytest.raises(SourceError, match="defines XML entities"):
            feeds.parse(data, content_type, "http://e.com/")


@given(st.binary() | st.text().map(str.encode) | st.sampled_from([RSS, ATOM]).map(str.encode))
def test_any_bytes_are_a_feed_or_none(data: bytes) -> None:
    for candidate in (data, b"<rss version='2.0'><channel><item><title>x" + data):
        try:
            feeds.parse(candidate, "", "http://e.com/")
        except SourceError as error:
            assert str(error).startswith("http://e.com/: ")  # noqa: PT017


# --- JSON Lines -----------------------------------------------------------------------


def test_lines_become_posts_and_bad_ones_are_noted(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "posts.jsonl"
    lines = [
        {"id": "a", "title": "题", "published": "2022-05-06T12:00:00+08:00", "text": "一。\n二。"},
        {"id": 7, "html": "<p>正文&amp;。</p><p>（来源：青溪）</p>", "url": "http://e.com/1"},
        {"title": "无号 &amp;", "source": "报", "tags": ["甲"], "paragraphs": [{"text": " 文。"}]},
        {"id": "202205060000000001", "text": "有号。"},
        {"id": "b", "text": "x", "url": "http://e.com/1,202205060000000002.html"},
        {"id": "c", "text": "　"},
        [1],
    ]
    data = "\n".join(json.dumps(each, ensure_ascii=False) for each in lines).encode()
    path.write_bytes(b"\xef\xbb\xbf" + data + b'\n\n{"id": "d"\n{"text": "\xff"}\n')
    assert look(store, add(store, path)) == Summary(added=5, skipped=4)
    posts = {post.id: post for post in stories(store)}
    assert set(posts) > {"202205060000000001", "202205060000000002"}
    by_text = {post.paragraphs[0].text: post for post in posts.values()}
    assert by_text["一。"].paragraphs == (Paragraph(None, "一。"), Paragraph(None, "二。"))
    assert by_text["一。"].published == NOON
    assert by_text["正文&。"].source == "青溪"
    assert (by_text["文。"].title, by_text["文。"].tags) == ("无号 &amp;", ("甲",))
    assert sorted(str(row["kind"]) for row in store.problems()) == [
        "empty", "encoding", "no object", "not JSON",
    ]  # fmt: skip
    assert {str(row["reason"]) for row in store.problems()} == {
        "neither title nor text, line 6", "no JSON object, line 7", "not JSON, line 9",
        "not UTF-8, line 10 (byte 10)",
    }  # fmt: skip
    path.write_bytes(data)
    assert look(store, state(store)).skipped == 2
    assert len(store.problems()) == 2


@pytest.mark.parametrize(
    ("told", "texts"),
    [
        ({"paragraphs": ["一。", "二。"]}, ["一。", "二。"]),
        ({"paragraphs": "一。\n二。"}, ["一。", "二。"]),
        ({"paragraphs": {"heading": "甲", "text": "一。"}}, ["一。"]),
        ({"paragraphs": [], "text": "一。"}, ["一。"]),
        ({"html": "", "text": "一。"}, ["一。"]),
        ({"html": ["<p>一。</p>", "<p>二。</p>"]}, ["一。", "二。"]),
        ({"text": ["一。", "二。"]}, ["一。", "二。"]),
        ({"html": "<p>一\ud83d。</p>"}, ["一。"]),  # half of an emoji, cut off by who wrote it
        ({"text": "一\ud83d。"}, ["一。"]),
    ],
)
def test_the_words_of_a_line_are_read_in_whatever_form(
    tmp_path: Path, told: dict[str, object], texts: list[str]
) -> None:
    assert [part.text for part in read_line(tmp_path, told).paragraphs] == texts


def test_the_values_of_a_line_are_read_in_whatever_form(tmp_path: Path) -> None:
    post = read_line(
        tmp_path,
        {"title": 1.5, "published": 1651809600.5, "tags": "甲", "url": "http://e.com/a b"},
    )
    assert (post.title, post.published, post.tags) == ("1.5", NOON, ("甲",))
    assert (post.url, post.warnings) == ("http://e.com/a%20b", ("no text",))
    odd = {"title": "题", "published": True, "tags": [["甲"], 1, None], "url": "javascript:x"}
    post = read_line(tmp_path, odd)
    assert (post.published, post.tags, post.url) == (None, ("1",), None)


def read_line(tmp_path: Path, told: dict[str, object]) -> Post:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(told) + "\n")
    (reading,) = jsonlines.load(path)
    assert isinstance(reading.outcome, Post)
    return reading.outcome


def test_of_lines_with_one_id_the_first_is_read_and_the_others_are_named(
    tmp_path: Path, store: Store
) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": 1, "text": "新。"}\n' * 2 + '{"id": 1, "text": "旧。"}\n')
    assert look(store, add(store, path)) == Summary(added=1, skipped=1)
    assert [row["reason"] for row in store.problems()] == ["line 3 has the id of line 1"]
    path.write_text('{"id": 1, "text": "新。"}\n' * 3)
    assert look(store, state(store)) == Summary(unchanged=1)
    assert store.problems() == []


def test_a_line_without_end_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines, "MAX_LINE", 100)
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "' + "x" * 1000 + '"}\n{"id": "1", "text": "短。"}\n' + "y" * 500)
    long, short, last = jsonlines.load(path)
    assert isinstance(short.outcome, Post)
    assert (long.name, last.name) == (f"jsonl:{path}#line 1", f"jsonl:{path}#line 3")


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=9)
lines = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@settings(max_examples=40)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(
    ["id", "title", "published", "category", "tags", "source", "url", "text", "html", "paragraphs"],
    lines,
)))  # fmt: skip
def test_any_object_is_a_post_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, told: object
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_text(json.dumps(told) + "\n")
    (first,) = jsonlines.load(path)
    if isinstance(first.outcome, Post):
        path.write_text(jsonlines.line(first.outcome) + "\n", "utf-8")
        (again,) = jsonlines.load(path)
        assert again.outcome == first.outcome


def test_an_export_reads_back_as_it_was(tmp_path: Path, store: Store) -> None:
    for path in sorted((Path(__file__).parents[2] / "posts").glob("*.md")):
        from corpus.reading.post_files import load

        put(store, path.name, load(path), preference="NW" not in path.name)
    (tmp_path / "all.jsonl").write_text(
        "".join(jsonlines.line(post) + "\n" for post in stories(store)), "utf-8"
    )
    with Store.open(tmp_path / "other.db", create=True) as other:
        look(other, add(other, tmp_path / "all.jsonl"))
        assert stories(other) == stories(store)


# --- folders and checkouts ---------------------------------------------------------------


def git(folder: Path, *arguments: str) -> str:
    identity = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for role in ("AUTHOR", "COMMITTER"):
        identity |= {f"GIT_{role}_NAME": "t", f"GIT_{role}_EMAIL": "t@e.com"}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        check=True, capture_output=True, text=True, env={**os.environ, **identity},
    ).stdout  # fmt: skip


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x", "--allow-empty")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path / "站点"
    write(folder / "_posts" / "甲.md", "甲。", code="1" * 18)
    write(folder / "_posts" / "b.md", "乙。", code="2" * 18)
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def test_a_checkout_is_read_by_what_its_commits_changed(store: Store, checkout: Path) -> None:
    source = add(store, checkout)
    assert source.kind == "git"
    assert look(store, source) == Summary(added=2)
    assert look(store, state(store)) == Summary()
    write(checkout / "_posts" / "甲.md", "甲改。", code="1" * 18)
    write(checkout / "_posts" / ".draft" / "c.md", code="3" * 18)
    write(checkout / "_drafts" / "c.md", code="3" * 18)
    write(checkout / "_posts" / "c.txt", code="3" * 18)
    write(checkout / "_posts" / "c.md", "丙。", code="3" * 18)
    assert look(store, state(store)) == Summary()  # not committed yet
    (checkout / "_posts" / "b.md").unlink()
    commit(checkout)
    assert look(store, state(store)) == Summary(added=1, updated=1, removed=1)
    assert [post.paragraphs[0].text for post in stories(store)] == ["甲改。", "丙。"]
    assert state(store).posts == 2


def test_a_post_moved_to_old_post_in_a_commit_stays(store: Store, checkout: Path) -> None:
    add(store, checkout)
    look(store, state(store))
    generation = store.generation()
    (checkout / "old_post").mkdir()
    git(checkout, "mv", "_posts/b.md", "old_post/b.md")
    commit(checkout)
    assert look(store, state(store)) == Summary(merged=1, removed=1)
    assert (len(stories(store)), store.generation()) == (2, generation)


def test_rewritten_history_is_read_whole(store: Store, checkout: Path) -> None:
    add(store, checkout)
    look(store, state(store))
    (checkout / "_posts" / "b.md").unlink()
    git(checkout, "checkout", "-q", "--orphan", "new")
    commit(checkout)
    git(checkout, "branch", "-D", "main")
    git(checkout, "reflog", "expire", "--expire=now", "--all")
    git(checkout, "gc", "-q", "--prune=now")
    assert look(store, state(store)) == Summary(unchanged=1, removed=1)


def test_a_checkout_is_pulled_when_asked_to(tmp_path: Path, store: Store, checkout: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(checkout), str(clone))
    hook = clone / ".git" / "hooks" / "post-merge"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    add(store, clone, pull=True)
    look(store, state(store))
    write(checkout / "_posts" / "c.md", "丙。", code="3" * 18)
    commit(checkout)
    assert look(store, state(store)) == Summary(added=1)
    assert not (tmp_path / "ran").exists()


def test_a_checkout_runs_no_command_of_its_own(
    tmp_path: Path, store: Store, checkout: Path
) -> None:
    clone, ran = tmp_path / "clone", tmp_path / "ran"
    git(tmp_path, "clone", "-q", str(checkout), str(clone))
    monitor = tmp_path / "monitor"
    monitor.write_text(f"#!/bin/sh\ntouch {ran}\n")
    monitor.chmod(0o755)
    git(clone, "config", "core.fsmonitor", str(monitor))
    git(clone, "config", "protocol.ext.allow", "always")
    add(store, clone, pull=True)
    assert look(store, state(store)) == Summary(added=2)
    git(clone, "config", "remote.origin.url", f"ext::sh -c touch% {ran}")
    with pytest.raises(SourceError, match="'ext' not allowed"):
        look(store, state(store))
    assert not ran.exists()


def test_a_checkout_is_looked_at_from_a_hook_of_another(
    tmp_path: Path, store: Store, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q", "other")
    commit(tmp_path / "other")
    add(store, checkout)
    assert look(store, state(store)) == Summary(added=2)
    write(checkout / "_posts" / "c.md", "丙。", code="3" * 18)
    commit(checkout)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    assert look(store, state(store)) == Summary(added=1)


def test_a_pull_that_fails_says_why(tmp_path: Path, store: Store, checkout: Path) -> None:
    add(store, checkout, pull=True)
    with pytest.raises(SourceError, match="git pull: "):
        look(store, state(store))
    assert "git pull" in str(state(store).last_error)


def test_a_folder_that_went_away_keeps_its_posts(tmp_path: Path, store: Store) -> None:
    folder = write(tmp_path / "site" / "a.md").parent
    add(store, folder)
    look(store, state(store))
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="no folder there"):
        look(store, state(store))
    assert len(stories(store)) == 1


def test_a_story_leaves_only_when_no_source_has_it(tmp_path: Path, store: Store) -> None:
    paths = [write(tmp_path / name / "a.md", name) for name in "ab"]
    for path in paths:
        look(store, add(store, path.parent))
    paths[0].unlink()
    assert look(store, store.sources()[0]) == Summary(removed=1)
    assert [source.posts for source in store.sources()] == [0, 1]
    assert [post.paragraphs[0].text for post in stories(store)] == ["b"]
    paths[1].unlink()
    look(store, store.sources()[1], confirm=True)
    assert stories(store) == []


def test_a_source_that_holds_no_posts_any_more_keeps_them(tmp_path: Path, store: Store) -> None:
    paths = [write(tmp_path / "site" / f"{n}.md", code=str(n) * 18) for n in (1, 2)]
    readme = write(tmp_path / "site" / "README.md")
    readme.write_text("no post")
    add(store, tmp_path / "site")
    look(store, state(store))
    for path in paths:
        path.unlink()
    with pytest.raises(SourceError, match=r"site: all 2 posts are gone at once; is it mounted\?"):
        look(store, state(store))
    assert (len(stories(store)), state(store).vanished) == (2, "waits")
    for number, path in enumerate(paths, 1):
        write(path, code=str(number) * 18)
    assert look(store, state(store)) == Summary(unchanged=2, skipped=1)
    assert (state(store).vanished, state(store).last_error) == (None, None)


@pytest.mark.parametrize(("posts", "kept", "is_refused"), [(20, 2, True), (20, 3, False)])
def test_a_source_that_loses_most_of_many_posts_waits_to_be_confirmed(
    tmp_path: Path, store: Store, posts: int, kept: int, is_refused: bool
) -> None:
    paths = [write(tmp_path / "site" / f"{n}.md", code=f"{n:018}") for n in range(posts)]
    add(store, tmp_path / "site")
    look(store, state(store))
    for path in paths[kept:]:
        path.unlink()
    if is_refused:
        with pytest.raises(SourceError, match="18 of the 20 posts are gone at once"):
            look(store, state(store))
        assert len(stories(store)) == posts
        store.confirm_source(state(store))
        assert state(store).vanished == "confirmed"
    assert look(store, state(store)) == Summary(unchanged=kept, removed=posts - kept)
    assert (len(stories(store)), state(store).vanished) == (kept, None)


def test_a_confirmation_outlasts_a_look_that_failed(tmp_path: Path, store: Store) -> None:
    path = write(tmp_path / "site" / "a.md")
    add(store, path.parent)
    look(store, state(store))
    path.unlink()
    store.confirm_source(state(store))
    path.parent.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="no folder there"):
        look(store, state(store))
    (tmp_path / "elsewhere").rename(path.parent)
    assert look(store, state(store)) == Summary(removed=1)


def test_posts_that_only_moved_are_not_gone(tmp_path: Path, store: Store) -> None:
    for number in range(20):
        write(tmp_path / "site" / "a" / f"{number}.md", code=f"{number:018}")
    add(store, tmp_path / "site")
    look(store, state(store))
    (tmp_path / "site" / "a").rename(tmp_path / "site" / "b")
    assert look(store, state(store)) == Summary(merged=20, removed=20)
    assert len(stories(store)) == 20


def test_a_checkout_whose_posts_are_all_deleted_waits_to_be_confirmed(
    store: Store, checkout: Path
) -> None:
    add(store, checkout)
    look(store, state(store))
    git(checkout, "rm", "-qr", "_posts")
    commit(checkout)
    for _ in range(2):  # the cursor stays, too
        with pytest.raises(SourceError, match="all 2 posts are gone at once"):
            look(store, state(store))
    store.confirm_source(state(store))
    assert look(store, state(store)) == Summary(removed=2)
    assert stories(store) == []


# --- entries that change their id or address ------------------------------------------------


def feed_of(*items: tuple[str, str, str, str]) -> Callable[[BaseHTTPRequestHandler], None]:
    return reply(
        "".join(
            [
                "<rss version='2.0'><channel><title>青溪税讯</title>",
                *(
                    f"<item><title>公告</title><guid isPermaLink='false'>{guid}</guid>"
                    f"<link>http://e.com/{link}</link><pubDate>{date}</pubDate>"
                    f"<description>{text}</description></item>"
                    for guid, link, date, text in items
                ),
                "</channel></rss>",
            ]
        ).encode()
    )


A = ("v1", "a", "2022-05-06", "青溪市公告一则。")


@pytest.mark.parametrize(
    "later",
    [
        ("v2", "a", "2022-05-06", A[3]),  # another id
        ("v1", "b", "2022-05-06", A[3]),  # another address
        ("v2", "b", "2022-05-06", A[3]),  # both
        ("v2", "a", "2022-05-07", A[3]),  # dated anew
        ("v2", "202205060000000001.html", "2022-05-06", A[3]),  # an address with a number
        ("v1", "202205060000000001.html", "2022-05-06", A[3]),
    ],
)
def test_an_entry_whose_id_or_address_changes_is_the_same_story(
    store: Store, server: Server, later: tuple[str, str, str, str]
) -> None:
    server.pages["/feed"] = in_turn(
        feed_of(A), feed_of(later), feed_of(later), feed_of((*later[:3], "改了。"))
    )
    add(store, server.url + "/feed")
    look(store, state(store), limits=QUICK)
    (first,) = stories(store)
    generation = store.generation()
    is_changed = later[1:] != A[1:]
    summary = look(store, state(store), limits=QUICK)
    assert summary == Summary(updated=is_changed, unchanged=not is_changed)
    (second,) = stories(store)
    assert (second.id, second.url) == (first.id, f"http://e.com/{later[1]}")
    assert (store.generation(), state(store).posts) == (generation, 1)
    assert look(store, state(store), limits=QUICK) == Summary(unchanged=1)
    assert look(store, state(store), limits=QUICK) == Summary(updated=1)
    (third,) = stories(store)
    assert (third.id, third.paragraphs) == (first.id, (Paragraph(None, "改了。"),))


@pytest.mark.parametrize(
    "other",
    [
        ("v2", "b", "2022-05-06", "另一则。"),
        ("v2", "b", "2022-05-13", A[3]),  # the same words every week
    ],
)
def test_an_entry_of_other_words_or_another_day_is_another_story(
    store: Store, server: Server, other: tuple[str, str, str, str]
) -> None:
    server.pages["/feed"] = in_turn(feed_of(A), feed_of(other, A))
    add(store, server.url + "/feed")
    look(store, state(store), limits=QUICK)
    assert look(store, state(store), limits=QUICK) == Summary(added=1, unchanged=1)
    assert len(stories(store)) == 2


def test_an_entry_that_stands_twice_in_its_feed_is_one_story(store: Store, server: Server) -> None:
    twice = feed_of(A, ("v2", "a?from=list", "2022-05-06", A[3]))
    server.pages["/feed"] = in_turn(twice, twice, feed_of(A))
    add(store, server.url + "/feed")
    assert look(store, state(store), limits=QUICK) == Summary(added=1, merged=1)
    assert look(store, state(store), limits=QUICK) == Summary(unchanged=2)
    assert look(store, state(store), limits=QUICK) == Summary(unchanged=1)
    assert len(stories(store)) == 1


def test_thousands_of_entries_of_the_same_words_are_soon_told_apart(store: Store) -> None:
    add(store, "http://e.com/feed")
    post = Post("1", "公告", None, None, (), None, None, ())
    many = [
        Reading(f"feed#{i}", str(i), replace(post, id=str(i), published=NOON + timedelta(days=i)))
        for i in range(15_000)
    ]
    started = time.process_time()
    assert with_known_stories(store, state(store), many) == many
    assert time.process_time() - started < 3


def test_a_source_is_added_once_and_removed_without_its_posts(tmp_path: Path, store: Store) -> None:
    folder = write(tmp_path / "site" / "a.md").parent
    source = add(store, folder, every=60)
    with pytest.raises(SourceError, match="is a source already"):
        add(store, folder)
    look(store, source)
    assert (state(store).every, state(store).posts) == (60, 1)
    store.remove_source(source)
    assert (store.sources(), len(stories(store))) == ([], 1)


# --- following -----------------------------------------------------------------------------


def test_sources_are_followed_until_told_to_stop(
    tmp_path: Path, store: Store, server: Server
) -> None:
    folder = tmp_path / "site"
    write(folder / "a.md", code="1" * 18)
    server.pages["/feed"] = reply(status=404)
    add(store, server.url + "/feed", every=1)
    add(store, folder, every=1)
    stop = threading.Event()
    seen: list[tuple[str, object]] = []
    commits: list[int] = []

    def report(source: KnownSource, result: object) -> None:
        seen.append((source.kind, result if isinstance(result, Summary) else "error"))
        if len(commits) == 1 and seen[-1][0] == "folder" and not (folder / "b.md").exists():
            write(folder / "b.md", code="2" * 18)
        if len(commits) == 2:
            stop.set()

    follow(store, stop=stop, on_commit=lambda: commits.append(store.generation()), report=report)
    assert seen[:2] == [("feed", "error"), ("folder", Summary(added=1))]
    assert seen[-1] == ("folder", Summary(added=1, unchanged=1))
    assert commits == [1, 2]


def test_what_nobody_foresaw_in_a_source_stops_no_other(
    tmp_path: Path, store: Store, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        ("税" * 9_999_999 + "\ud83d").encode()

    monkeypatch.setattr(feeds, "parse", stumble)
    server.pages["/feed"] = reply(ATOM.encode())
    feed = add(store, server.url + "/feed")
    write(tmp_path / "site" / "a.md")
    add(store, tmp_path / "site")
    stop = threading.Event()
    results: list[str] = []

    def report(source: KnownSource, result: object) -> None:
        results.append(str(result))
        if source.kind == "folder":
            stop.set()

    follow(store, stop=stop, report=report)
    unforeseen = f"{feed.location}: can't be read, an error of taxnews: UnicodeEncodeError: "
    unforeseen += "'utf-8' codec can't encode character '\\ud83d' in position 9999999: "
    unforeseen += "surrogates not allowed"
    assert results == [unforeseen, str(Summary(added=1))]
    assert state(store).last_error == unforeseen


def test_a_feed_is_not_asked_before_it_is_due(store: Store, server: Server) -> None:
    server.pages["/feed"] = reply(ATOM.encode())
    add(store, server.url + "/feed")
    look(store, state(store), limits=QUICK)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    follow(store, stop=stop)
    assert len(server.requests) == 1


def test_a_feed_is_read_whose_server_names_a_charset_for_the_packing(
    store: Store, server: Server
) -> None:
    server.pages["/feed"] = reply(ATOM.encode(), Content_Encoding="UTF-8")
    add(store, server.url + "/feed")
    look(store, state(store), limits=QUICK)
    assert [story.post.title for story in store.all_stories()] == ["题"]


def test_a_feed_that_was_asked_by_a_clock_ahead_is_asked_again(
    tmp_path: Path, store: Store, server: Server
) -> None:
    server.pages["/feed"] = reply(ATOM.encode())
    add(store, server.url + "/feed")
    look(store, state(store), limits=QUICK)
    with closing(sqlite3.connect(tmp_path / "taxnews.db")) as db, db:
        db.execute("UPDATE sources SET last_run = '2099-01-01T00:00:00+00:00'")
    stop = threading.Event()
    follow(store, stop=stop, report=lambda source, result: stop.set())
    assert len(server.requests) == 2


def test_a_feed_is_not_asked_before_its_server_wants_to_be(
    tmp_path: Path, store: Store, server: Server
) -> None:
    server.pages["/feed"] = reply(status=429, Retry_After="3600")
    add(store, server.url + "/feed", every=1)
    write(tmp_path / "site" / "a.md")
    add(store, tmp_path / "site", every=1)
    stop = threading.Event()
    looks: list[str] = []

    def report(source: KnownSource, result: object) -> None:
        looks.append(source.kind)
        if looks.count("folder") == 3:
            stop.set()

    follow(store, stop=stop, report=report)
    assert looks == ["feed", "folder", "folder", "folder"]
    assert len(server.requests) == 1
