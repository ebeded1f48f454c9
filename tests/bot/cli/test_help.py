"""--help and errors of use: in the language of the locale, in lines that fit, nothing cut."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.help import columns, wrapped
from bot.cli.main import COMMANDS
from bot.render.texts import EN, ZH
from tests import catalogue
from tests.conftest import Run

COMMANDS_AND_SUBCOMMANDS = [
    *([name] for name in sorted(COMMANDS)),
    ["source", "add"],
    ["review", "pin"],
]


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")


def test_the_catalogue_is_made_of_the_translations() -> None:
    found = catalogue.messages(catalogue.SOURCE.read_text("utf-8"))
    assert catalogue.compiled(found) == catalogue.CATALOGUE.read_bytes()


def test_everything_that_the_command_line_says_of_itself_is_translated() -> None:
    found = catalogue.messages(catalogue.SOURCE.read_text("utf-8"))
    assert sorted(catalogue.said() - found.keys()) == []
    assert [key for key, value in found.items() if not value] == []


def test_translations_take_the_values_of_the_originals() -> None:
    found = catalogue.messages(catalogue.SOURCE.read_text("utf-8"))
    fields = re.compile(r"\{[^}]*\}|%\(\w+\)s")
    for key, value in found.items():
        assert set(fields.findall(value)) <= set(fields.findall(key)), key


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("command", COMMANDS_AND_SUBCOMMANDS, ids=" ".join)
def test_help_is_in_chinese_where_the_locale_is(taxnews: Run, command: list[str]) -> None:
    lines = taxnews(*command, "--help").stdout.splitlines()
    assert lines[0].startswith("用法： taxnews ")
    assert "选项：" in lines
    # What is left in English are examples, and names with the values that they take.
    said = [line for line in lines if not re.match(r" +(taxnews|TAXNEWS_)|  --\w+ \[", line)]
    assert [line for line in said if columns(line) > 80] == []
    assert not re.search(r"\b(the|of|Show|Print|only|Example|default)\b", "\n".join(said))


@pytest.mark.usefixtures("chinese")
def test_all_commands_are_listed_in_chinese(taxnews_apart: Run) -> None:
    done = taxnews_apart("--help")
    assert "  stats       显示数据库里有什么：各媒体、分类、月份的报道数。" in done.stdout
    assert "  --version   显示版本。" in done.stdout


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "没有命令 'nothing'。 (taxnews --help)"),
        (["ask", "x", "-n", "30"], "'-n' 的值无效：30 不在范围 1<=x<=20 内。"),
        (["ask", "x", "--now", "11/28"], "11/28 不是日期；请写成 2026-11-28 这样"),
        (
            ["ask", "x", "--since", "昔"],
            "昔：不是时间；请写成 2025-07-04、2025年7月 或 上个月 这样",
        ),
        (["index", "x", "y"], "多余的参数（x y）"),
        (["ask", "x", "-n", "十"], "'十' 不是数字。"),
        (
            ["source", "add", "不在"],
            "不在：不是来源；可以是文件夹、git 检出、.jsonl 文件，或带 https:// 的订阅源地址",
        ),
        (["source", "add", "ftp://x.cn"], "ftp://x.cn：只能读 http:// 和 https:// 开头的地址"),
        (["cluster", "status"], "没有设置 TAXNEWS_CLUSTER：它写的是集群各节点的地址"),
        (["forget"], "请写报道编号、--before 或 --category"),
        (
            ["ask", "x", "--db", "none.db"],
            "none.db：这里没有数据库；请先读入报道：taxnews ingest PATH"
            "（试用：taxnews ingest --sample）",
        ),
        (
            ["serve"],
            "没有设置 TAXNEWS_TOKEN：请向 @BotFather 要一个令牌，写进环境变量或 .env 文件",
        ),
    ],
)
def test_errors_of_use_are_in_chinese_too(taxnews: Run, arguments: list[str], said: str) -> None:
    done = taxnews(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("taxnews: ")
    assert done.stderr.strip().endswith(said)


@pytest.mark.usefixtures("chinese")
def test_the_first_minutes_are_in_chinese(taxnews: Run, tmp_path: Path) -> None:
    db, site = tmp_path / "a.db", tmp_path / "site"
    site.mkdir()
    read = taxnews("ingest", "--sample", "--db", db)
    assert read.stdout == "新增 48，更新 0，未变 0，合并 0，跳过 0\n"
    assert read.stderr.splitlines()[:2] == ["列出文件", "读取 48 个文件"]
    checked = taxnews("doctor", "--db", db).stdout
    assert "正常 数据库\n提示 来源：没有，所以不会自动读取新报道\n" in checked
    added = taxnews("source", "add", site, "--every", "600", "--db", db).stdout
    assert added == f"已添加文件夹 {site}；现在读取：taxnews ingest\n"
    listed = taxnews("source", "list", "--db", db).stdout
    assert listed == f"文件夹 {site}\n    每 600 秒一次，0 篇，还没有读过\n"


@pytest.mark.usefixtures("chinese")
def test_figures_have_chinese_headings(taxnews: Run, sample_db: object) -> None:
    stats = taxnews("stats", "--db", sample_db).stdout
    assert "48 篇报道，197 个段落\n最新一篇：2026-05-22\n" in stats
    assert re.search(r"媒体 +篇", stats)
    assert re.search(r"示例 \(shili\) +48", stats)
    assert taxnews("usage", "--db", sample_db).stdout == f"{ZH.usage_none}\n"


def test_other_locales_read_english(taxnews: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert "\nOptions:\n" in taxnews("stats", "--help").stdout
    assert EN.usage_none != ZH.usage_none


@pytest.mark.parametrize("group", ["source", "review"])
def test_summaries_are_not_cut(taxnews: Run, group: str) -> None:
    listed = taxnews(group, "--help").stdout.partition("\nCommands:\n")[2]
    assert "..." not in listed
    summaries = [" ".join(each.split()) for each in re.split(r"\n  (?=\w)", listed.rstrip())]
    assert [each for each in summaries if not each.endswith(".")] == []


def test_a_day_is_shown_as_it_is_written(taxnews: Run) -> None:
    for command in (["ask"], ["forget"], ["evaluate"]):
        printed = taxnews(*command, "--help").stdout
        assert "YYYY-MM-DD" in printed
        assert "%Y" not in printed


@given(st.text(st.sampled_from("ab（）。，税务报道 -"), max_size=80), st.integers(8, 40))
def test_lines_are_as_wide_as_they_may_be_and_lose_nothing(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(lines)
    for line in lines:
        assert columns(line) <= width or not re.search(r"[^\s（][ 税务报道]", line[:-1])


def test_a_line_never_begins_with_a_closing_mark() -> None:
    assert wrapped("税务报道，有。", 8) == ["税务报", "道，有。"]
