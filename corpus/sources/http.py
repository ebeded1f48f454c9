"""One GET, robustly: within limits of time, size and redirects, only if it has changed."""

import asyncio
import time
import zlib
from contextlib import AsyncExitStack
from dataclasses import dataclass
from gettext import gettext as _
from importlib.metadata import version
from ipaddress import ip_address
from urllib.request import getproxies, proxy_bypass

import httpx

from corpus.errors import SourceError
from corpus.reading.dates import read_date
from corpus.reading.links import is_host
from corpus.reading.text import printable
from corpus.tls import trusted


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of our time and memory another machine may take."""

    seconds: float = 30.0  # for one attempt, from the first redirect to the last byte
    silence: float = 10.0  # seconds without a byte
    size: int = 20_000_000  # bytes, unpacked
    redirects: int = 5
    attempts: int = 3
    pause: float = 1.0  # seconds before the second attempt; doubled before each further one


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Document:
    """What an address holds, and by what to ask whether that has changed."""

    data: bytes
    content_type: str
    etag: str | None
    modified: str | None


class _Passing(Exception):
    """A failure that may be over when asked again, after `wait` seconds if it says so."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


_NOT_ASKED_FOR = ("br", "zstd")  # of which the client may unpack any amount
_LONGEST_WAIT = 86_400.0  # seconds: whoever asks for more has made a mistake


def checked(url: str) -> str:
    """`url`, if it is one to fetch from; raises SourceError, without a password in it."""
    head, slashes, rest = url.partition("//")
    named = head + slashes + rest.rpartition("@")[2]
    try:
        parsed = httpx.URL(url)
        host, port = parsed.host, parsed.port
    except (httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: a host that IDNA forbids
        raise SourceError(f"{named}: not an address ({error})") from None
    if port is not None and not 0 < port < 65536:
        raise SourceError(f"{named}: not an address (no port {port})")
    if parsed.scheme not in ("http", "https") or not host:
        message = _("{address}: only http:// and https:// addresses are fetched")
        raise SourceError(message.format(address=named))
    if not is_host(host):
        raise SourceError(f"{named}: not an address (no host {host})")
    if parsed.userinfo:
        raise SourceError(f"{host}: an address with a password in it is not kept")
    return url


def fetch(
    url: str, *, etag: str | None = None, modified: str | None = None, limits: Limits = LIMITS
) -> Document | None:
    """What `url` holds; None if that is still what `etag` or `modified` stand for.

    Raises SourceError, saying why, for whatever goes wrong; what may pass (no
    connection, 429, 5xx) is tried again first, but not before the server's Retry-After.
    Not for use inside an event loop.
    """
    headers = {"User-Agent": f"taxnews/{version('taxnews')}", "Accept-Encoding": "gzip"}
    if etag and etag.isascii():  # others can't be sent back
        headers["If-None-Match"] = etag
    if modified and modified.isascii():
        headers["If-Modified-Since"] = modified
    for attempt in range(1, limits.attempts + 1):
        try:
            # Only as a task can all of it be timed: headers may come a byte a minute, too.
            return asyncio.run(
                asyncio.wait_for(_attempt(checked(url), headers, limits), limits.seconds)
            )
        except asyncio.TimeoutError:
            raise SourceError(f"{url}: not read after {limits.seconds:g} s") from None
        except _Passing as error:
            pause = limits.pause * 2 ** (attempt - 1)
            if error.wait > pause:
                reason = f"{url}: {error}, to be asked again after {error.wait:g} s"
                raise SourceError(reason, wait=error.wait) from None
            if attempt == limits.attempts:
                raise SourceError(f"{url}: {error} ({attempt} attempts)") from None
            time.sleep(pause)
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _attempt(url: str, headers: dict[str, str], limits: Limits) -> Document | None:
    target, came_from = httpx.URL(url), None
    hosts: dict[str, list[str]] = {}  # each is resolved once: what was checked is connected to
    try:
        async with httpx.AsyncClient(
            timeout=limits.silence, headers=headers, verify=trusted()
        ) as client:
            for _ in range(limits.redirects + 1):
                if target.host not in hosts:
                    hosts[target.host] = await _addresses(target.raw_host.decode("ascii"))
                if came_from and _leads_inside(hosts[came_from], hosts[target.host]):
                    raise SourceError(f"{url}: redirects into this machine's own network")
                came_from = target.host
                async with AsyncExitStack() as stack:
                    response = await _response(client, target, hosts[target.host], stack)
                    if not response.has_redirect_location:
                        return await _document(url, response, limits)
                    location = target.join(response.headers["Location"])
                    target = httpx.URL(checked(str(location)))
    except (httpx.InvalidURL, UnicodeError) as error:
        raise SourceError(f"{url}: redirects to what is no address ({error})") from None
    except httpx.TimeoutException:
        raise _Passing(f"no word for {limits.silence:g} s") from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise _Passing(str(error) or type(error).__name__) from None
    raise SourceError(f"{url}: more than {limits.redirects} redirects")


async def _addresses(host: str) -> list[str]:
    """The addresses of `host`, as strings without a zone; none if it has none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found))


def _leads_inside(origin: list[str], addresses: list[str]) -> bool:
    """Whether a redirect goes from a host outside to one that only we can reach."""
    return _is_inside(addresses) and not _is_inside(origin)


def _is_inside(addresses: list[str]) -> bool:
    """Whether one of these is no public address."""
    known = map(ip_address, addresses)
    return any(not (getattr(each, "ipv4_mapped", None) or each).is_global for each in known)


async def _response(
    client: httpx.AsyncClient, url: httpx.URL, addresses: list[str], stack: AsyncExitStack
) -> httpx.Response:
    """The answer of `url`, asked of the first of its `addresses` that can be connected to.

    Where a proxy connects for us, the host is asked for by name.
    """
    if _is_proxied(url):
        return await stack.enter_async_context(client.stream("GET", url))
    if not addresses:  # asked for by name it might have one after all, which nobody checked
        raise httpx.ConnectError(f"no address of {url.host} is known")
    for i, address in enumerate(addresses):
        stream = client.stream(
            "GET",
            url.copy_with(host=address),
            headers={"Host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        try:
            return await stack.enter_async_context(stream)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if i == len(addresses) - 1:
                raise
    raise AssertionError("unreachable: the last address answers or raises")


def _is_proxied(url: httpx.URL) -> bool:
    proxies = getproxies()
    return bool(proxies.get(url.scheme) or proxies.get("all")) and not proxy_bypass(url.host)


async def _document(url: str, response: httpx.Response, limits: Limits) -> Document | None:
    asked = response.request.headers
    if response.status_code == 304 and ("If-None-Match" in asked or "If-Modified-Since" in asked):
        return None
    status = printable(f"HTTP {response.status_code} {response.reason_phrase}").rstrip()
    if response.status_code == 429 or response.status_code >= 500:
        raise _Passing(status, _seconds(response.headers.get("Retry-After", "")))
    if response.status_code not in (200, 203):  # 203: a proxy changed something
        raise SourceError(f"{url}: {status}")
    packed = response.headers.get("Content-Encoding", "").strip().lower()
    if "," in packed:
        # What is packed twice may unpack to terabytes, before anyone can count.
        raise SourceError(f"{url}: packed more than once")
    if packed in _NOT_ASKED_FOR:
        raise SourceError(f"{url}: packed as {packed}, which was not asked for")
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > limits.size:
            raise SourceError(f"{url}: more than {limits.size:,} bytes")
    headers = response.headers
    return Document(
        _unpacked(url, bytes(data), limits.size),
        headers.get("Content-Type", ""),
        headers.get("ETag"),
        headers.get("Last-Modified"),
    )


def _seconds(retry_after: str) -> float:
    """How many seconds a server asks to wait, in a number or by a date; a day at most."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after), _LONGEST_WAIT)
    until, _ = read_date(retry_after)
    return min(max(0.0, until.timestamp() - time.time()), _LONGEST_WAIT) if until else 0.0


def _unpacked(url: str, data: bytes, size: int) -> bytes:
    """`data`, of a packed file its content."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        content = zlib.decompressobj(wbits=31).decompress(data, size + 1)
    except zlib.error as error:
        raise SourceError(f"{url}: a damaged gzip file ({error})") from None
    if len(content) > size:
        raise SourceError(f"{url}: more than {size:,} bytes")
    return content
