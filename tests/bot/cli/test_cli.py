"""The command line: what each command prints, and how it ends."""

import json
import sqlite3
from datetime import datetime, timezone
from pathlib import Path

import click
import pytest

from bot.cli.main import COMMANDS, cli
from bot.render.texts import ZH
from corpus.reading.posts import CHINA
from retrieval.answering.options import PARTS
from tests.conftest import ROOT, SAMPLE, Run
from tests.support import newsroom

QUESTION = "2021年广东给多少户次纳税人自动发放了发票？"


def test_a_question_is_answered_with_passage_date_medium_and_link(
    taxnews_apart: Run, sample_db: Path
) -> None:
    done = taxnews_apart("ask", QUESTION, "--db", sample_db)
    assert done.returncode == 0
    assert done.stderr == ""
    sentence, gap, title, byline, *rest = done.stdout.splitlines()
    assert "2021年，广东全年共为287万户次纳税人自动发放了发票" in sentence
    assert gap == ""
    assert title == "广东推出十项智慧税务成果计划 增值税发票实现“自动领”"
    assert byline == "2022-02-16 · 中国税务报 · 报道 · 示例"
    link = "http://finews.zning.xyz/html_News/NewsShare.html?infoCode=NW202202162277943417"
    assert link in rest


def test_an_answer_as_json_has_the_documented_keys_and_consistent_offsets(
    taxnews: Run, sample_db: Path
) -> None:
    done = taxnews("ask", QUESTION, "--json", "--db", sample_db)
    reply = json.loads(done.stdout)
    assert list(reply) == [
        "question", "understood", "answered", "confidence", "answers", "related", "reply", "error",
        "took_ms",
    ]  # fmt: skip
    assert reply["question"] == QUESTION
    assert reply["answered"] is True
    assert 0 < reply["confidence"] <= 1
    assert 1 <= len(reply["answers"]) <= 6
    for rank, answer in enumerate(reply["answers"], 1):
        assert list(answer) == [
            "rank", "part", "score", "post", "title", "type", "published", "source", "url",
            "until", "heading", "text", "sentence", "highlights",
        ]  # fmt: skip
        assert answer["rank"] == rank
        assert 0 < len(answer["text"]) <= 400
        assert answer["sentence"] in answer["text"]
        assert 0 < len(answer["sentence"]) <= 120
        ends = [0, *(end for _, end in answer["highlights"])]
        for (start, end), before in zip(answer["highlights"], ends, strict=False):
            assert before <= start < end <= len(answer["text"])
    texts = [answer["text"] for answer in reply["answers"]]
    assert len(set(texts)) == len(texts)
    assert "287万" in reply["answers"][0]["sentence"]
    assert reply["answers"][0]["post"] == "202202162277943417"
    assert reply["answers"][0]["published"] == "2022-02-16T08:53:55+08:00"


def test_questions_on_standard_input_are_answered_a_line_each_in_order(
    taxnews: Run, sample_db: Path
) -> None:
    lines = [QUESTION, "", "税" * 1001, "x\x00y😀𠮷", "%s '; DROP TABLE posts; --", QUESTION]
    done = taxnews(
        "ask", "--json", "--db", sample_db, stdin="\n".join(lines).encode() + b"\n\xff\n"
    )
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [reply["question"] for reply in replies] == [*lines, "�"]
    assert [reply["answered"] for reply in replies] == [
        True,
        False,
        False,
        False,
        False,
        True,
        False,
    ]
    assert [bool(reply["error"]) for reply in replies] == [False, False, True, *[False] * 3, True]
    assert replies[0]["answers"] == replies[5]["answers"]


def test_an_unanswerable_question_exits_with_0_and_shows_no_answer(
    taxnews: Run, sample_db: Path
) -> None:
    done = taxnews("ask", "red wine with fish 红烧肉怎么做才不腻", "--json", "--db", sample_db)
    reply = json.loads(done.stdout)
    assert (done.returncode, reply["answered"], reply["answers"]) == (0, False, [])


def test_filters_narrow_the_answers(taxnews: Run, sample_db: Path) -> None:
    done = taxnews("ask", "加油站偷税", "--json", "--since", "2025-01-01", "--until",
                   "2025-12-31", "-n", "2", "--db", sample_db)  # fmt: skip
    answers = json.loads(done.stdout)["answers"]
    assert 1 <= len(answers) <= 2
    assert all(answer["published"].startswith("2025") for answer in answers)


def test_a_year_and_the_name_that_answers_show_will_do_as_filters(
    taxnews: Run, sample_db: Path
) -> None:
    done = taxnews("ask", "加油站偷税", "--json", "--since", "2025", "--type", "案例",
                   "--db", sample_db)  # fmt: skip
    answers = json.loads(done.stdout)["answers"]
    assert {answer["type"] for answer in answers} == {"case"}
    assert min(answer["published"] for answer in answers) >= "2025"


def test_parse_prints_a_post_as_json(taxnews: Run) -> None:
    path = SAMPLE / "_posts" / "2022-02-16-NW202202162277943417.md"
    post = json.loads(taxnews("parse", path, "--json").stdout)
    assert list(post) == [
        "id", "title", "published", "category", "tags", "source", "url", "paragraphs", "warnings",
    ]  # fmt: skip
    assert post["id"] == "202202162277943417"
    assert post["tags"] == ["中国税务报新闻"]
    assert post["source"] == "中国税务报"
    assert post["paragraphs"][0]["heading"] is None


def test_ingest_counts_what_became_of_each_file_and_changes_nothing_the_second_time(
    taxnews: Run, tmp_path: Path
) -> None:
    (tmp_path / "stub.md").write_text("---\nlayout: category\n---\n")
    first = taxnews("ingest", SAMPLE, tmp_path, "--db", tmp_path / "a.db")
    second = taxnews("ingest", SAMPLE, tmp_path, "--db", tmp_path / "a.db")
    posts = len(list(SAMPLE.rglob("*.md")))
    assert first.stdout == f"added {posts}, updated 0, unchanged 0, merged 0, skipped 1\n"
    assert second.stdout == f"added 0, updated 0, unchanged {posts}, merged 0, skipped 1\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", "税", "--db", "{tmp}/none.db"], "no database here; make one with: taxnews ingest"),
        (["ask", "税", "--db", "{tmp}/text.db"], "not a readable taxnews database"),
        (["ask", "税", "--db", "{tmp}/other.db"], "not one of taxnews"),
        (["ask", "税", "--db", "{tmp}/empty.db"], "no posts in it yet"),
        (["ask", "税" * 1001, "--db", "{sample}"], "1,001 characters; at most 1,000"),
        (["ask", "税", "--since", "2024-13-01"], "2024-13-01: no time"),
        (["ingest", "{tmp}/missing"], "does not exist"),
        (["parse", "{tmp}/text.db"], "no front matter"),
        (["nonsense"], "No such command 'nonsense'. (taxnews --help)"),
        (["serach-posts"], "No such command 'serach-posts'."),
        (["stat"], "No such command 'stat'. Did you mean stats?"),
        (["explain"], "(taxnews explain --help)"),
        (["source", "remove"], "(taxnews source remove --help)"),
        (["parse", "{tmp}"], "is a directory"),
        (["backup", "{tmp}/none/a.db", "--db", "{sample}"], "as its folder is not there"),
        (["forget", "99", "--db", "{sample}"], "99: no such post"),
        (["source", "add", "example.com/feed", "--db", "{sample}"], "with its https://"),
    ],
)
def test_what_goes_wrong_is_one_line_on_stderr_and_status_2(
    taxnews: Run, tmp_path: Path, sample_db: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "text.db").write_text("no database\n")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE notes (id)")
    (tmp_path / "folder").mkdir()
    taxnews("ingest", tmp_path / "folder", "--db", tmp_path / "empty.db")
    done = taxnews(*(a.format(tmp=tmp_path, sample=sample_db) for a in arguments))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("taxnews: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_the_system_refuses_is_told_by_the_file_without_a_number(
    taxnews: Run, own_db: Path, tmp_path: Path
) -> None:
    own_db.with_suffix(".index").rename(tmp_path / "elsewhere")
    own_db.with_suffix(".index").write_text("a file in the folder's place")
    in_the_way = taxnews("ask", "骗税", "--db", own_db)
    assert in_the_way.stderr == f"taxnews: {own_db.with_suffix('.index')}: File exists\n"
    no_folder = taxnews("ingest", SAMPLE, "--db", own_db / "taxnews.db")
    assert no_folder.stderr.endswith("taxnews.db: cannot be opened (File exists)\n")
    assert (in_the_way.returncode, no_folder.returncode) == (2, 2)


def test_chat_reads_turns_from_lines_and_begins_anew_at_an_empty_one(
    taxnews: Run, sample_db: Path
) -> None:
    turns = f"{QUESTION}\n后来呢\n\n{'税' * 1001}\n后来呢\n"
    done = taxnews("chat", "--json", "--now", "2026-11-28", "--db", sample_db, stdin=turns)
    first, later, refused, alone = map(json.loads, done.stdout.splitlines())
    assert first["answers"][0]["post"] == later["answers"][0]["post"] == "202202162277943417"
    assert [reply["question"] for reply in (later, alone)] == ["后来呢", "后来呢"]
    assert refused["error"]
    assert not alone["answered"]


def test_chat_answers_one_question_after_the_other(taxnews: Run, sample_db: Path) -> None:
    done = taxnews("chat", "--db", sample_db, stdin=f"{QUESTION}\n{'税' * 1001}\n{QUESTION}\n")
    assert done.returncode == 0
    assert done.stdout.count("287万户次") >= 2
    assert "at most 1,000" in done.stderr


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(taxnews: Run, name: str) -> None:
    done = taxnews(name, "--help")
    assert done.returncode == 0
    assert "Example:" in done.stdout
    assert f"taxnews {name}" in done.stdout


def test_help_lists_each_command_with_the_first_sentence_of_its_own(taxnews: Run) -> None:
    with click.Context(cli) as context:
        commands = {name: cli.get_command(context, name) for name in COMMANDS}
    summaries = {name: c.get_short_help_str(500) for name, c in commands.items() if c}
    assert summaries == COMMANDS
    listed = " ".join(taxnews("--help").stdout.split())
    assert [name for name in COMMANDS if f"{name} {COMMANDS[name]}" not in listed] == []


def test_evaluate_measures_with_each_part_off(
    taxnews: Run, sample_db: Path, tmp_path: Path
) -> None:
    lines = (ROOT / "tests" / "questions" / "sample.jsonl").read_text("utf-8").splitlines()
    by_synonyms = [line for line in lines if json.loads(line)["id"] == "s097"]
    (tmp_path / "some.jsonl").write_text("\n".join([*lines[:3], *by_synonyms]), "utf-8")
    asked = ["--questions", tmp_path / "some.jsonl", "--ablation", "--json", "--db", sample_db]
    figures = json.loads(taxnews("evaluate", *asked).stdout)
    assert list(figures) == ["taxnews", *(f"no {part}" for part in PARTS)]
    assert figures["no synonyms"]["answer@1"] != figures["taxnews"]["answer@1"]


def test_ablation_is_of_questions_only(taxnews: Run, tmp_path: Path) -> None:
    done = taxnews("evaluate", "--beir", tmp_path, "--ablation")
    assert done.returncode == 2
    assert "--ablation goes with --questions" in done.stderr


def test_the_day_that_relative_years_are_read_by_can_be_given(taxnews: Run, tmp_path: Path) -> None:
    db, posts = tmp_path / "years.db", tmp_path / "posts"
    posts.mkdir()
    for year in (2020, 2021, 2022):
        text = f"云岭市{year}年退税{year - 2000}万元。"
        newsroom.write(posts, year, "云岭市退税", text, day=datetime(year, 6, 1, tzinfo=CHINA))
    taxnews("ingest", posts, "--db", db)
    for now, expected in (("2023-01-05", "2022-06-01"), ("2022-01-05", "2021-06-01")):
        done = taxnews("ask", "云岭市去年退税多少", "--json", "--now", now, "--db", db)
        assert json.loads(done.stdout)["answers"][0]["published"].startswith(expected)


def test_an_answer_says_that_its_rule_has_run_out(taxnews: Run, tmp_path: Path) -> None:
    db, posts = tmp_path / "rules.db", tmp_path / "posts"
    posts.mkdir()
    text = "云岭市渔船减征车船税的政策延续执行至2023年底。"
    day = datetime(2022, 3, 1, tzinfo=timezone.utc)
    newsroom.write(posts, 1, "云岭市渔船车船税优惠政策", text, day=day)
    taxnews("ingest", posts, "--db", db)
    asked = ("ask", "云岭市渔船减征车船税到哪年", "--db", db)
    line = ZH.expired.format(date="2023年12月31日")
    assert line in taxnews(*asked, "--now", "2024-01-01").stdout
    assert line not in taxnews(*asked, "--now", "2023-12-31").stdout
    (answer,) = json.loads(taxnews(*asked, "--json").stdout)["answers"]
    assert answer["until"] == "2023-12-31"
