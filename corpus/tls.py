"""Which certificates of other machines are trusted?"""

import ssl
from functools import lru_cache

import httpx


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """httpx's own choice (SSL_CERT_FILE overrides it), read once: each client would read all
    certificates anew, which takes longer than a request."""
    return httpx.create_ssl_context()
