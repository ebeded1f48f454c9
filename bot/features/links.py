"""Deep links that carry a question, as the bot once wrote them."""

import base64
import binascii
import re


def linked_question(link: str) -> str | None:
    """The question of a deep link's parameter, None if it holds none."""
    if not re.fullmatch(r"q_[A-Za-z0-9_-]{1,62}", link):
        return None
    code = link[2:]
    try:
        return base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)).decode().strip() or None
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
