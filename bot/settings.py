"""What the operator sets: `TAXNEWS_…` in the environment, or in a `.env` file.

All commands read it here. Each setting is a field of `Settings`, with the function beside its type
that makes its value of a text.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from gettext import gettext as _
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints
from urllib.parse import urlsplit

from bot import setting_values as values
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
    no limit. `hot` has the subjects of questions counted, for `/hot`; `keep_questions` has those
    kept that find no answer or a bad one. `synonyms` is a file of names. `embeddings` is "local"
    or the address of an endpoint, which is asked for `embeddings_model`; None is no embedder.
    `cluster` are the addresses of a cluster's nodes; None: the index beside the database answers.
    With a `webhook_url` Telegram delivers updates there, to a server at `webhook_listen`, instead
    of being polled. `log` is the form of the log's lines.
    """

    token: Annotated[str | None, values.token] = field(default=None, repr=False)
    db: Annotated[Path | None, values.path] = None
    api_url: Annotated[str | None, values.api_url] = None
    admins: Annotated[frozenset[int], values.ids] = frozenset()
    allowed: Annotated[frozenset[int], values.ids] = frozenset()
    user_rate: Annotated[int, values.rate] = 20
    chat_rate: Annotated[int, values.rate] = 20
    conversation_minutes: Annotated[int, values.minutes] = 30
    alerts_a_day: Annotated[int, values.alerts] = 10
    hot: Annotated[bool, values.flag] = True
    keep_questions: Annotated[bool, values.flag] = False
    synonyms: Annotated[Path | None, values.path] = None
    embeddings: Annotated[str | None, values.embeddings] = None
    embeddings_model: Annotated[str, str] = ""
    embeddings_query_prefix: Annotated[str, str] = ""
    embeddings_passage_prefix: Annotated[str, str] = ""
    cluster: Annotated[tuple[str, ...] | None, values.nodes] = None
    cluster_prefix: Annotated[str, values.cluster_prefix] = choice.PREFIX
    cluster_user: Annotated[str | None, str] = None
    cluster_password_file: Annotated[Path | None, values.path] = None
    cluster_ca: Annotated[Path | None, values.path] = None
    cluster_shards: Annotated[int, values.shards] = choice.SHARDS
    cluster_replicas: Annotated[int, values.replicas] = choice.REPLICAS
    cluster_timeout: Annotated[float, values.seconds] = choice.TIMEOUT
    webhook_url: Annotated[str | None, values.webhook_url] = None
    webhook_listen: Annotated[str, values.listen] = "127.0.0.1:8443"
    webhook_secret: Annotated[str | None, values.webhook_secret] = field(default=None, repr=False)
    metrics_listen: Annotated[str | None, values.listen] = None
    log: Annotated[Literal["text", "json"], values.log_form] = "text"

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


_READERS: dict[str, Callable[[str], object]] = {
    name: get_args(hint)[1] for name, hint in get_type_hints(Settings, include_extras=True).items()
}


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
    given, problems = dict[str, Any](), []
    for name, text in texts.items():
        try:
            given[name] = _READERS[name](text)
        except ValueError as error:
            problems.append(f"{PREFIX}{name.upper()}: {error}")
    if given.get("webhook_url") and "webhook_secret" not in texts:
        message = _(
            "{prefix}WEBHOOK_SECRET is not set: without it anyone could post updates to"
            " {prefix}WEBHOOK_URL; make up a long random one"
        )
        problems.append(message.format(prefix=PREFIX))
    if given.get("embeddings", LOCAL) != LOCAL and "embeddings_model" not in texts:
        message = _("{name} is not set: name the model that the endpoint is asked for")
        problems.append(message.format(name=f"{PREFIX}EMBEDDINGS_MODEL"))
    if given.get("cluster"):
        problems += _problems_of_cluster(given)
    if problems:
        raise SettingsError("; ".join(problems))
    return Settings(**given)


def _problems_of_cluster(given: Mapping[str, Any]) -> Iterator[str]:
    """What does not go together, if a cluster is set."""
    if "embeddings" in given:
        yield f"{PREFIX}EMBEDDINGS: a cluster holds no vectors; leave one of the two out"
    if ("cluster_user" in given) != ("cluster_password_file" in given):
        yield f"{PREFIX}CLUSTER_USER and {PREFIX}CLUSTER_PASSWORD_FILE go together: set both"
    hosts = [urlsplit(node) for node in given["cluster"]]
    bare = [each for each in hosts if each.scheme == "http" and not _is_loopback(each.hostname)]
    if "cluster_user" in given and bare:
        yield f"{PREFIX}CLUSTER: a password goes to https:// addresses only, or to this machine"


def _is_loopback(host: str | None) -> bool:
    return host in ("127.0.0.1", "::1", "localhost")


def database() -> Path:
    """`TAXNEWS_DB`, else taxnews.db in the platform's folder for a user's data.

    Raises `SettingsError` for a `.env` that can't be read, and where there is no such folder.
    """
    named = _texts().get("db")
    return values.path(named) if named else _data_folder() / "taxnews.db"


def own_synonyms() -> Path | None:
    """`TAXNEWS_SYNONYMS`, a file of an operator's own names.

    Raises `SettingsError` for a `.env` that can't be read.
    """
    named = _texts().get("synonyms")
    return values.path(named) if named else None


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
