"""Fixtures that several test files share."""

from collections.abc import Iterator

import pytest
from telegram_server import TelegramServer


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    """A Bot API server; at the end, no request may have broken the API's description."""
    with TelegramServer() as server:
        yield server
    assert server.violations == []
