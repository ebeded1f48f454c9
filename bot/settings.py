"""What the operator sets: `TAXNEWS_…` in the environment, or in a `.env` file.

All commands read it here. Each setting is a field of `Settings` with a reader in `_READERS`.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from gettext import gettext as _
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from corpus.errors import TaxnewsError
from retrieval.cluster import choice
from retrieval.cluster.choice import ClusterChoice
from retrieval.embeddings.choice import LOCAL, EmbedderChoice

PREFIX = "TAXNEWS_"
ENV_FILE = ".env"

_ALIKE = 0.85  # of 1: names share a long beginning


class SettingsError(TaxnewsError):
    """A setting that is missing or wrong; the message never holds its value."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of `taxnews serve`; read them with `load`.

    `api_url` is the address of a Bot API server without a closing slash, None
    for Telegram's own. An empty `allowed` lets everyone use the bot. `user_rate`
    and `chat_rate` are questions a minute, by one person and in one group; 0 is
    no limit. A conversation goes on for `conversation_minutes`. A chat gets at most
    `alerts_a_day` messages about its saved queries, and the rest as a list in the evening; 0 is
    no limit. `hot` has the subjects of
    questions counted, for `/hot`; `keep_questions` has those kept that find no answer or a
    bad one. `synonyms` is a file of names. `embeddings` is "local" or the address of an
    endpoint, which is asked for `embeddings_model`; None is no embedder. `cluster` are the
    addresses of a cluster's nodes; None: the index beside the database answers. With a
    `webhook_url` Telegram delivers updates there, to a server at `webhook_listen`,
    instead of being polled. `log` is the form of the log's lines.
    """

    token: str | None = field(default=None, repr=False)
    db: Path | None = None
    api_url: str | None = None
    admins: frozenset[int] = frozenset()
    allowed: frozenset[int] = frozenset()
    user_rate: int = 20
    chat_rate: int = 20
    conversation_minutes: int = 30
    alerts_a_day: int = 10
    hot: bool = True
    keep_questions: bool = False
    synonyms: Path | None = None
    embeddings: str | None = None
    embeddings_model: str = ""
    embeddings_query_prefix: str = ""
    embeddings_passage_prefix: str = ""
    cluster: tuple[str, ...] | None = None
    cluster_prefix: str = choice.PREFIX
    cluster_user: str | None = None
    cluster_password_file: Path | None = None
    cluster_ca: Path | None = None
    cluster_shards: int = choice.SHARDS
    cluster_replicas: int = choice.REPLICAS
    cluster_timeout: float = choice.TIMEOUT
    webhook_url: str | None = None
    webhook_listen: str = "127.0.0.1:8443"
    webhook_secret: str | None = field(default=None, repr=False)
    metrics_listen: str | None = None
    log: Literal["text", "json"] = "text"

    def require_token(self) -> str:
        """The bot's token. Raises `SettingsError` where there is none."""
        if self.token is None:
            message = _(
                "{name} is not set: get a token from @BotFather and put it into the"
                " environment or into a .env file"
            )
            raise SettingsError(message.format(name=f"{PREFIX}TOKEN"))
        return self.token

    @property
    def embedder(self) -> EmbedderChoice | None:
        """The embedder that is set, None if there is none."""
        if self.embeddings is None:
            return None
        return EmbedderChoice(
            self.embeddings,
            self.embeddings_model,
            self.embeddings_query_prefix,
            self.embeddings_passage_prefix,
        )

    @property
    def chosen_cluster(self) -> ClusterChoice | None:
        """The cluster that is set, None if there is none."""
        if self.cluster is None:
            return None
        return ClusterChoice(
            nodes=self.cluster,
            prefix=self.cluster_prefix,
            user=self.cluster_user,
            password_file=self.cluster_password_file,
            ca=self.cluster_ca,
            shards=self.cluster_shards,
            replicas=self.cluster_replicas,
            timeout=self.cluster_timeout,
        )


def load() -> Settings:
    """The settings of the environment and, beneath it, of `.env` in the working folder.

    Raises `SettingsError`: one line naming the variable and what to write, never its value.
    """
    return _read(_texts())


def embedder() -> EmbedderChoice | None:
    """The embedder that `TAXNEWS_EMBEDDINGS` and its like choose, None if they choose none.

    Raises `SettingsError`, for these settings only.
    """
    texts = _texts()
    return _read({name: text for name, text in texts.items() if "embeddings" in name}).embedder


def cluster() -> ClusterChoice | None:
    """The cluster that `TAXNEWS_CLUSTER` and its like choose, None if they choose none.

    Raises `SettingsError`, for these settings, and for an embedder beside a cluster.
    """
    texts = _texts()
    own = {name: text for name, text in texts.items() if "cluster" in name or "embed" in name}
    return _read(own).chosen_cluster


def _read(texts: Mapping[str, str]) -> Settings:
    values, problems = dict[str, Any](), []
    for name, text in texts.items():
        try:
            values[name] = _READERS[name](text)
        except ValueError as error:
            problems.append(f"{PREFIX}{name.upper()}: {error}")
    if values.get("webhook_url") and "webhook_secret" not in texts:
        message = _(
            "{prefix}WEBHOOK_SECRET is not set: without it anyone could post updates to"
            " {prefix}WEBHOOK_URL; make up a long random one"
        )
        problems.append(message.format(prefix=PREFIX))
    if values.get("embeddings", LOCAL) != LOCAL and "embeddings_model" not in texts:
        message = _("{name} is not set: name the model that the endpoint is asked for")
        problems.append(message.format(name=f"{PREFIX}EMBEDDINGS_MODEL"))
    if values.get("cluster"):
        problems += _problems_of_cluster(values)
    if problems:
        raise SettingsError("; ".join(problems))
    return Settings(**values)


def _problems_of_cluster(values: Mapping[str, Any]) -> Iterator[str]:
    """What does not go together, if a cluster is set."""
    if "embeddings" in values:
        yield f"{PREFIX}EMBEDDINGS: a cluster holds no vectors; leave one of the two out"
    if ("cluster_user" in values) != ("cluster_password_file" in values):
        yield f"{PREFIX}CLUSTER_USER and {PREFIX}CLUSTER_PASSWORD_FILE go together: set both"
    hosts = [urlsplit(node) for node in values["cluster"]]
    bare = [each for each in hosts if each.scheme == "http" and not _is_loopback(each.hostname)]
    if "cluster_user" in values and bare:
        yield f"{PREFIX}CLUSTER: a password goes to https:// addresses only, or to this machine"


def _is_loopback(host: str | None) -> bool:
    return host in ("127.0.0.1", "::1", "localhost")


def database() -> Path:
    """`TAXNEWS_DB`, else taxnews.db in the platform's folder for a user's data.

    Raises `SettingsError` for a `.env` that can't be read, and where there is no such folder.
    """
    named = _texts().get("db")
    return _path(named) if named else _data_folder() / "taxnews.db"


def own_synonyms() -> Path | None:
    """`TAXNEWS_SYNONYMS`, a file of an operator's own names.

    Raises `SettingsError` for a `.env` that can't be read.
    """
    named = _texts().get("synonyms")
    return _path(named) if named else None


LOOSE = f"{ENV_FILE} holds secrets, and others on this machine may read or write it"
TIGHTEN = f"chmod 600 {ENV_FILE}"


_OF_COMPOSE = f"{PREFIX}POSTS"


def unknown() -> list[str]:
    """What in the environment and `.env` looks like a setting and is none: a line each, which
    names the setting that may be meant, never a value. Raises as `load`."""
    names = sorted(f"{PREFIX}{name.upper()}" for name in _READERS)
    given = {name.upper() for name in (*_env_file(), *os.environ)}
    strange = (name for name in sorted(given) if name.startswith(PREFIX))
    return [
        _strange(name, near)
        for name in strange
        if name not in (*names, _OF_COMPOSE)
        for near in [get_close_matches(name, names, 1, _ALIKE)]
    ]


def _strange(name: str, near: list[str]) -> str:
    if not near:
        said = _("{name} is no setting, and not read; docs/operating.md lists those there are")
        return said.format(name=name)
    return _("{name} is no setting, and not read; is {near} meant?").format(name=name, near=near[0])


def is_env_file_loose() -> bool:
    """Whether others than the owner may read or write `.env`."""
    file = Path(ENV_FILE)
    return os.name == "posix" and file.is_file() and bool(file.stat().st_mode & 0o077)


def _texts() -> dict[str, str]:
    """What is set and not empty, by the setting's name."""
    return _named(_env_file()) | _named(os.environ)


def _named(variables: Mapping[str, str | None]) -> dict[str, str]:
    names = {f"{PREFIX}{name.upper()}": name for name in _READERS}
    found = ((names.get(variable.upper()), text) for variable, text in variables.items())
    return {name: text for name, text in found if name and text}


def _env_file() -> Mapping[str, str | None]:
    if not os.path.isfile(ENV_FILE):
        return {}
    from dotenv import dotenv_values  # here, as most commands run where there is no such file

    try:
        found = dotenv_values(ENV_FILE, encoding="utf-8")
        if any("\0" in (text or "") for text in found.values()):
            raise SettingsError(
                _("{file}: holds a zero byte; save it as UTF-8").format(file=ENV_FILE)
            )
        return found
    except UnicodeDecodeError:
        message = _("{file}: not UTF-8; save it as UTF-8")
        raise SettingsError(message.format(file=ENV_FILE)) from None
    except OSError as error:
        message = _("{file}: can't be read ({reason})")
        raise SettingsError(message.format(file=ENV_FILE, reason=error.strerror)) from None


def _data_folder() -> Path:
    from platformdirs import user_data_path  # here, for those who name a database

    with contextlib.suppress(RuntimeError, KeyError):  # a user of whom the system knows no home
        folder = user_data_path("taxnews", appauthor=False)
        if folder.is_absolute():  # and not ~/…, as a folder of that name
            return folder
    message = _("no home folder to keep the database in: set {name}, or give --db")
    raise SettingsError(message.format(name=f"{PREFIX}DB"))


# --- readers: the text of a setting → its value, or ValueError saying what to write -----


def _path(value: str) -> Path:
    # No shell has put the home folder in place of a ~ in `.env`.
    with contextlib.suppress(RuntimeError):  # nobody is called so, or there is no home
        return Path(value).expanduser()
    return Path(value)


def _ids(value: str) -> frozenset[int]:
    parts = [part.strip() for part in re.split("[,，]", value)]
    if not all(re.fullmatch(r"-?[0-9]{1,19}", part) for part in parts if part):
        raise ValueError(_("write numeric ids with commas between, as 12345678,87654321"))
    return frozenset(int(part) for part in parts if part)


def _token(value: str) -> str:
    # PTB puts the token into addresses: one that breaks them would be printed.
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value):
        raise ValueError(_("not a bot token; copy it from @BotFather, as 123456:AbC-dEf"))
    return value


def _web_address(value: str) -> SplitResult | None:
    """The parts of an address of http or https; None for anything else, and for one with a query
    or a fragment."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        return None
    return parts if usable and not parts.query and not parts.fragment else None


def _api_url(value: str) -> str:
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


def _embeddings(value: str) -> str:
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


def _nodes(value: str) -> tuple[str, ...]:
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


def _cluster_prefix(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]{0,39}", value):
        raise ValueError(_("1 to 40 of the characters a-z 0-9 _, as taxnews"))
    return value


def _shards(value: str) -> int:
    if not re.fullmatch("[1-9][0-9]?", value.strip()):
        raise ValueError(_("write how many shards an index has, 1 to 99"))
    return int(value)


def _replicas(value: str) -> int:
    if not re.fullmatch("[0-9]{1,2}", value.strip()):
        raise ValueError(_("write how many copies a shard has beside itself, as 2"))
    return int(value)


def _seconds(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]+)?", value.strip()) or not float(value):
        raise ValueError(_("write seconds, as 1.5"))
    return float(value)


def _webhook_url(value: str) -> str:
    parts = _web_address(value)
    if parts is None or "@" in parts.netloc:
        raise ValueError(_("not an address for Telegram to post to, as https://example.org/bot"))
    return value


def _listen(value: str) -> str:
    match = re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9a-f:]+\]):([0-9]{1,5})", value)
    if not (match and 0 < int(match[1]) < 65536):
        raise ValueError(_("write host and port, as 127.0.0.1:8443"))
    return value


def _webhook_secret(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value):
        raise ValueError(_("1 to 256 of the characters A-Z a-z 0-9 _ -"))
    return value


def _minutes(value: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", value.strip()):
        raise ValueError(_("write minutes, as 30; 0 is none"))
    return int(value)


def _alerts(value: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", value.strip()):
        raise ValueError(_("write messages a day, as 10; 0 is no limit"))
    return int(value)


def _rate(value: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", value.strip()):
        raise ValueError(_("write questions a minute, as 20; 0 is no limit"))
    return int(value)


_YES = ("1", "true", "yes", "on", "t", "y")
_NO = ("0", "false", "no", "off", "f", "n")


def _flag(value: str) -> bool:
    if (word := value.strip().lower()) not in _YES + _NO:
        raise ValueError(_("write true or false"))
    return word in _YES


def _log(value: str) -> str:
    if value not in ("text", "json"):
        raise ValueError(_("write text or json"))
    return value


_READERS: Mapping[str, Callable[[str], object]] = {
    "token": _token,
    "db": _path,
    "api_url": _api_url,
    "admins": _ids,
    "allowed": _ids,
    "user_rate": _rate,
    "conversation_minutes": _minutes,
    "alerts_a_day": _alerts,
    "chat_rate": _rate,
    "hot": _flag,
    "keep_questions": _flag,
    "synonyms": _path,
    "embeddings": _embeddings,
    "embeddings_model": str,
    "embeddings_query_prefix": str,
    "embeddings_passage_prefix": str,
    "cluster": _nodes,
    "cluster_prefix": _cluster_prefix,
    "cluster_user": str,
    "cluster_password_file": _path,
    "cluster_ca": _path,
    "cluster_shards": _shards,
    "cluster_replicas": _replicas,
    "cluster_timeout": _seconds,
    "webhook_url": _webhook_url,
    "webhook_listen": _listen,
    "webhook_secret": _webhook_secret,
    "metrics_listen": _listen,
    "log": _log,
}
