"""What the operator sets: `TAXNEWS_…` in the environment, or in a `.env` file."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from corpus.errors import TaxnewsError

PREFIX = "TAXNEWS_"
ENV_FILE = ".env"

Ids = Annotated[frozenset[int], NoDecode]
"""Telegram ids, written with commas between (pydantic-settings would want JSON)."""


class SettingsError(TaxnewsError):
    """A setting that is missing or wrong; the message never holds its value."""


class Settings(BaseSettings):
    """The settings of `taxnews serve`; read them with `load`.

    `api_url` is the address of a Bot API server without a closing slash, None
    for Telegram's own. An empty `allowed` lets everyone use the bot. `user_rate`
    and `chat_rate` are questions a minute, by one person and in one group; 0 is
    no limit. `hot` has the subjects of questions counted, for `/hot`; `keep_questions`
    has those kept that find no answer or a bad one. `synonyms` is a file of names. With a
    `webhook_url` Telegram delivers updates there, to a server at `webhook_listen`,
    instead of being polled. `log` is the form of the log's lines.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    token: SecretStr | None = None
    db: Path | None = None
    api_url: str | None = None
    admins: Ids = Field(default=frozenset())
    allowed: Ids = Field(default=frozenset())
    user_rate: Annotated[int, Field(ge=0)] = 20
    chat_rate: Annotated[int, Field(ge=0)] = 20
    hot: bool = True
    keep_questions: bool = False
    synonyms: Path | None = None
    webhook_url: str | None = None
    webhook_listen: str = "127.0.0.1:8443"
    webhook_secret: SecretStr | None = None
    metrics_listen: str | None = None
    log: Literal["text", "json"] = "text"

    @field_validator("admins", "allowed", mode="before")
    @classmethod
    def _ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in re.split("[,，]", value)]
        if not all(re.fullmatch(r"-?[0-9]{1,19}", part) for part in parts if part):
            raise ValueError("write numeric ids with commas between, as 12345678,87654321")
        return frozenset(int(part) for part in parts if part)

    @field_validator("token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        # PTB puts the token into addresses: one that breaks them would be printed.
        if value and not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value.get_secret_value()):
            raise ValueError("not a bot token; copy it from @BotFather, as 123456:AbC-dEf")
        return value

    @field_validator("api_url")
    @classmethod
    def _api_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        wrong = ValueError(
            "not the address of a Bot API server; write it as http://127.0.0.1:8081,"
            " without /bot and the token"
        )
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # a port that is no number
            raise wrong from None
        if not usable or parts.query or parts.fragment or re.search(r"[\s:]|/bot", parts.path):
            raise wrong
        if not re.fullmatch(r"[\w.:\[\]-]+", parts.netloc, re.ASCII):
            raise wrong
        return value.rstrip("/")

    @field_validator("webhook_url")
    @classmethod
    def _webhook_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("not an address for Telegram to post to, as https://example.org/bot")
        return value

    @field_validator("webhook_listen", "metrics_listen")
    @classmethod
    def _listen(cls, value: str | None) -> str | None:
        match = value and re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9a-f:]+\]):([0-9]{1,5})", value)
        if value is not None and not (match and 0 < int(match[1]) < 65536):
            raise ValueError("write host and port, as 127.0.0.1:8443")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
            raise ValueError("1 to 256 of the characters A-Z a-z 0-9 _ -")
        return value

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> "Settings":
        if self.webhook_url and not self.webhook_secret:
            raise ValueError(
                f"{PREFIX}WEBHOOK_SECRET is not set: without it anyone could post updates to"
                f" {PREFIX}WEBHOOK_URL; make up a long random one"
            )
        return self

    def require_token(self) -> str:
        """The bot's token. Raises `SettingsError` where there is none."""
        if self.token is None:
            raise SettingsError(
                f"{PREFIX}TOKEN is not set: get a token from @BotFather and put it into the"
                " environment or into a .env file"
            )
        return self.token.get_secret_value()


def load() -> Settings:
    """The settings of the environment and, beneath it, of `.env` in the working folder.

    Raises `SettingsError`: one line naming the variable and what to write, never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = [_problem(e["loc"], e["msg"]) for e in error.errors(include_input=False)]
        raise SettingsError("; ".join(problems)) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{ENV_FILE}: not UTF-8; save it as UTF-8") from None


LOOSE = f"{ENV_FILE} holds secrets, and others on this machine may read or write it"
TIGHTEN = f"chmod 600 {ENV_FILE}"


def is_env_file_loose() -> bool:
    """Whether others than the owner may read or write `.env`."""
    file = Path(ENV_FILE)
    return os.name == "posix" and file.is_file() and bool(file.stat().st_mode & 0o077)


def _problem(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{PREFIX}{str(location[0]).upper()}: {message}" if location else message


def default_db() -> Path:
    """`TAXNEWS_DB`, else taxnews.db in the platform's folder for a user's data."""
    named = os.environ.get("TAXNEWS_DB")
    return Path(named) if named else user_data_path("taxnews", appauthor=False) / "taxnews.db"


def own_synonyms() -> Path | None:
    """`TAXNEWS_SYNONYMS`, a file of an operator's own names."""
    named = os.environ.get("TAXNEWS_SYNONYMS")
    return Path(named) if named else None
