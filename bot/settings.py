"""What the operator sets: `TAXNEWS_…` in the environment, or in a `.env` file."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
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
    for Telegram's own. An empty `allowed` lets everyone use the bot.
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


def _problem(location: tuple[int | str, ...], message: str) -> str:
    name = PREFIX + str(location[0]).upper() if location else PREFIX + "…"
    return f"{name}: {message.removeprefix('Value error, ')}"
