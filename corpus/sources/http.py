"""One GET, robustly: within limits of time, size and redirects, only if it has changed."""

import asyncio
import time
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_address

import httpx

from corpus.errors import SourceError


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
    """A failure that may be over when asked again."""


def checked(url: str) -> str:
    """`url`, if it is one to fetch from; raises SourceError."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SourceError(f"{url}: not an address ({error})") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise SourceError(f"{url}: only http:// and https:// addresses are fetched")
    if parsed.userinfo:
        raise SourceError(f"{parsed.host}: an address with a password in it is not kept")
    return url


def fetch(
    url: str, *, etag: str | None = None, modified: str | None = None, limits: Limits = LIMITS
) -> Document | None:
    """What `url` holds; None if that is still what `etag` or `modified` stand for.

    Raises SourceError, saying why, for whatever goes wrong; what may pass (no
    connection, 429, 5xx) is tried again first. Not for use inside an event loop.
    """
    headers = {"User-Agent": f"taxnews/{version('taxnews')}", "Accept-Encoding": "gzip"}
    if etag:
        headers["If-None-Match"] = etag
    if modified:
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
            if attempt == limits.attempts:
                raise SourceError(f"{url}: {error} ({attempt} attempts)") from None
            time.sleep(limits.pause * 2 ** (attempt - 1))
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _attempt(url: str, headers: dict[str, str], limits: Limits) -> Document | None:
    target = httpx.URL(url)
    try:
        async with httpx.AsyncClient(timeout=limits.silence, headers=headers) as client:
            for _ in range(limits.redirects + 1):
                async with client.stream("GET", target) as response:
                    if response.next_request is None:
                        return await _document(url, response, limits)
                    previous, target = target, httpx.URL(checked(str(response.next_request.url)))
                    if await _leads_inside(previous, target):
                        raise SourceError(f"{url}: redirects into this machine's own network")
    except httpx.TimeoutException:
        raise _Passing(f"no word for {limits.silence:g} s") from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise _Passing(str(error) or type(error).__name__) from None
    raise SourceError(f"{url}: more than {limits.redirects} redirects")


async def _leads_inside(url: httpx.URL, target: httpx.URL) -> bool:
    """Whether a redirect from `url` goes to a host that only we can reach, and it is another."""
    return (
        target.host != url.host and await _is_inside(target.host) and not await _is_inside(url.host)
    )


async def _is_inside(host: str) -> bool:
    """Whether `host` has an address that is no public one; False of a host that has none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return False
    addresses = [ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
    return any(not (getattr(each, "ipv4_mapped", None) or each).is_global for each in addresses)


async def _document(url: str, response: httpx.Response, limits: Limits) -> Document | None:
    if response.status_code == 304:
        return None
    status = f"HTTP {response.status_code} {response.reason_phrase}".rstrip()
    if response.status_code == 429 or response.status_code >= 500:
        raise _Passing(status)
    if response.status_code != 200:
        raise SourceError(f"{url}: {status}")
    if "," in response.headers.get("Content-Encoding", ""):
        # What is packed twice may unpack to terabytes, before anyone can count.
        raise SourceError(f"{url}: packed more than once")
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > limits.size:
            raise SourceError(f"{url}: more than {limits.size:,} bytes")
    headers = response.headers
    return Document(
        bytes(data),
        headers.get("Content-Type", ""),
        headers.get("ETag"),
        headers.get("Last-Modified"),
    )
