"""The text of a setting → its value, or ValueError that says what to write."""

import contextlib
import re
from gettext import gettext as _
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from retrieval.embeddings.choice import LOCAL


def _checked(value: str, pattern: str, wrong: str) -> str:
    if not re.fullmatch(pattern, value):
        raise ValueError(wrong)
    return value


def path(value: str) -> Path:
    # No shell has put the home folder in place of a ~ in `.env`.
    with contextlib.suppress(RuntimeError):  # nobody is called so, or there is no home
        return Path(value).expanduser()
    return Path(value)


def ids(value: str) -> frozenset[int]:
    parts = [part.strip() for part in re.split("[,，]", value)]
    if not all(re.fullmatch(r"-?[0-9]{1,19}", part) for part in parts if part):
        raise ValueError(_("write numeric ids with commas between, as 12345678,87654321"))
    return frozenset(int(part) for part in parts if part)


def token(value: str) -> str:
    # PTB puts the token into addresses: one that breaks them would be printed.
    wrong = _("not a bot token; copy it from @BotFather, as 123456:AbC-dEf")
    return _checked(value, r"[0-9]+:[A-Za-z0-9_-]+", wrong)


def _web_address(value: str) -> SplitResult | None:
    """The parts of an address of http or https; None for anything else, and for one with a query
    or a fragment."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        return None
    return parts if usable and not parts.query and not parts.fragment else None


def api_url(value: str) -> str:
    wrong = ValueError(
        _(
            "not the address of a Bot API server; write it as http://127.0.0.1:8081,"
            " without /bot and the token"
        )
    )
    parts = _web_address(value)
    if parts is None or re.search(r"[\s:]|/bot", parts.path):
        raise wrong
    if not re.fullmatch(r"[\w.:\[\]-]+", parts.netloc, re.ASCII):
        raise wrong
    return value.rstrip("/")


def embeddings(value: str) -> str:
    if value == LOCAL:
        return value
    parts = _web_address(value)
    if parts is None or "@" in parts.netloc:
        message = _(
            "write {local}, or the address of an endpoint on your own machine or network, as"
            " http://127.0.0.1:8000/v1/embeddings"
        )
        raise ValueError(message.format(local=LOCAL))
    return value


def nodes(value: str) -> tuple[str, ...]:
    nodes = tuple(part.strip().rstrip("/") for part in re.split("[,，]", value) if part.strip())
    parts = [_web_address(node) for node in nodes]
    if not nodes or any(part is None or "@" in part.netloc or part.path for part in parts):
        raise ValueError(
            _(
                "write the addresses of the nodes with commas between, as"
                " https://n1:9200,https://n2:9200, without a user or a path"
            )
        )
    return nodes


def cluster_prefix(value: str) -> str:
    wrong = _("1 to 40 of the characters a-z 0-9 _, as taxnews")
    return _checked(value, r"[a-z0-9][a-z0-9_]{0,39}", wrong)


def shards(value: str) -> int:
    wrong = _("write how many shards an index has, 1 to 99")
    return int(_checked(value.strip(), "[1-9][0-9]?", wrong))


def replicas(value: str) -> int:
    wrong = _("write how many copies a shard has beside itself, as 2")
    return int(_checked(value.strip(), "[0-9]{1,2}", wrong))


def seconds(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]+)?", value.strip()) or not float(value):
        raise ValueError(_("write seconds, as 1.5"))
    return float(value)


def webhook_url(value: str) -> str:
    parts = _web_address(value)
    if parts is None or "@" in parts.netloc:
        raise ValueError(_("not an address for Telegram to post to, as https://example.org/bot"))
    return value


def listen(value: str) -> str:
    match = re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9a-f:]+\]):([0-9]{1,5})", value)
    if not (match and 0 < int(match[1]) < 65536):
        raise ValueError(_("write host and port, as 127.0.0.1:8443"))
    return value


def webhook_secret(value: str) -> str:
    wrong = _("1 to 256 of the characters A-Z a-z 0-9 _ -")
    return _checked(value, r"[A-Za-z0-9_-]{1,256}", wrong)


def minutes(value: str) -> int:
    return int(_checked(value.strip(), "[0-9]{1,6}", _("write minutes, as 30; 0 is none")))


def alerts(value: str) -> int:
    wrong = _("write messages a day, as 10; 0 is no limit")
    return int(_checked(value.strip(), "[0-9]{1,6}", wrong))


def rate(value: str) -> int:
    wrong = _("write questions a minute, as 20; 0 is no limit")
    return int(_checked(value.strip(), "[0-9]{1,9}", wrong))


_YES = ("1", "true", "yes", "on", "t", "y")
_NO = ("0", "false", "no", "off", "f", "n")


def flag(value: str) -> bool:
    if (word := value.strip().lower()) not in _YES + _NO:
        raise ValueError(_("write true or false"))
    return word in _YES


def log_form(value: str) -> str:
    return _checked(value, "text|json", _("write text or json"))
