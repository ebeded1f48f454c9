"""Operators review what was disliked: in Telegram and on the command line, to the same effect."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from bot.cli.main import cli
from bot.clock import china_today
from bot.features.review import MOST_CHOICES, PAGE
from bot.render import review as render
from bot.render.message import MESSAGE_LIMIT, units
from bot.render.texts import EN, ZH
from bot.review_actions import pin
from bot.storage.chats import ChatStore
from bot.storage.feedback import REASONS, Disliked
from corpus.errors import TaxnewsError
from corpus.store.store import Store
from retrieval.answering.answer import Answer
from retrieval.answering.corrections import key_of
from retrieval.engine.opening import opened_answerer, opened_library
from retrieval.quality.evaluation import read_questions
from tests.conftest import ROOT
from tests.drills import testers
from tests.drills.testers import DISLIKED, MUTED, OPERATOR, REMARK, UNANSWERED
from tests.support.buttons import acknowledged, labels, press
from tests.support.running_bot import PASSAGE, RunningBot, found, several
from tests.support.telegram_server import ALICE, BOB, BOT, GROUP, Json, TelegramServer, parse_html

RIGHT = "202506160005241133"
"""The sample post that answers `DISLIKED` and `MUTED`."""

QUESTION = "2021年广东给多少户次纳税人自动发放了发票？"


@contextmanager
def reviewed(telegram: TelegramServer, db: Path, **settings: Any) -> Iterator[RunningBot]:
    """A bot over the sample posts, which has an operator."""
    values = {"admins": frozenset({OPERATOR["id"]}), "keep_questions": True} | settings
    with (
        opened_library(db) as library,
        RunningBot(telegram, library=library, db=db, **values) as bot,
    ):
        yield bot


def ask(telegram: TelegramServer, text: str, sender: Json = ALICE, **more: Any) -> Json:
    return dict(telegram.reply_to(telegram.private(text, sender=sender, **more)).result)


def run(*arguments: object) -> str:
    """What the command line prints; TaxnewsError or ClickException if it fails.

    In this process: another takes seconds to start.
    """
    done = CliRunner().invoke(cli, [str(a) for a in arguments], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.output


def tap(telegram: TelegramServer, message: Json, label: str) -> Json:
    return press(telegram, message, label, sender=OPERATOR)


# --- the story ------------------------------------------------------------------------------


def test_ten_dislikes_are_reviewed_and_the_figures_are_those_of_the_docs(
    telegram: TelegramServer, own_db: Path
) -> None:
    lines = testers.review(telegram, own_db)
    assert "    🔎 待复查 1/2：10 人点了 👎（答非所问 4、段落不对 1、其他 1）" in lines
    assert f"    问：{DISLIKED}" in lines
    assert f"    · {REMARK}" in lines
    assert f"    1. {UNANSWERED}（1 次，最近 {ZH.chart_day.format(china_today())}）" in lines
    assert "    没有要复查的答案。" in lines
    with Store.open(own_db) as store:
        assert [(each.kind, each.question) for each in store.corrections()] == [
            ("pin", DISLIKED), ("mute", MUTED), ("synonym", UNANSWERED),
        ]  # fmt: skip
    with ChatStore(own_db) as chats:
        assert (chats.replies.disliked(), chats.feedback.unanswered()) == ([], [])
    table = run("evaluate", "--feedback", "--db", own_db)
    page = (ROOT / "docs" / "review.md").read_text("utf-8")
    assert "\n".join(line.strip() for line in table.splitlines()) in "\n".join(
        line.strip() for line in page.splitlines()
    )


def test_what_an_operator_judged_is_a_set_that_evaluate_reads(
    telegram: TelegramServer, own_db: Path, tmp_path: Path
) -> None:
    testers.review(telegram, own_db)
    exported = tmp_path / "own.jsonl"
    exported.write_text(run("review", "export", "--db", own_db), "utf-8")
    judged = read_questions(exported)
    assert [(each.question, each.kind) for each in judged] == [
        (DISLIKED, "review"), (MUTED, "review"), (UNANSWERED, "review"),
    ]  # fmt: skip
    assert judged[0].posts == {RIGHT}
    figures = json.loads(run("evaluate", "--questions", exported, "--json", "--db", own_db))
    feedback = json.loads(run("evaluate", "--feedback", "--json", "--db", own_db))
    assert feedback["after"] == figures["taxnews"]
    for number in ("1", "2", "3"):
        run("review", "undo", number, "--db", own_db)
    assert run("review", "export", "--db", own_db) == ""
    with pytest.raises(TaxnewsError, match="no question is judged yet; see: taxnews review"):
        run("evaluate", "--feedback", "--db", own_db)


# --- in Telegram ----------------------------------------------------------------------------


def test_a_question_that_was_not_kept_is_typed_by_the_operator(
    telegram: TelegramServer, own_db: Path
) -> None:
    with reviewed(telegram, own_db, keep_questions=False):
        press(telegram, ask(telegram, DISLIKED), "👎")
        item = ask(telegram, "/review", OPERATOR)
        asking = tap(telegram, item, "📌")
        choices = ask(telegram, DISLIKED, OPERATOR, reply_to_message=asking)
        done = tap(telegram, choices, testers.right_choice(choices))
        answer = ask(telegram, DISLIKED)
    assert ZH.review_no_question in item["text"]
    assert asking["text"] == ZH.review_no_question
    assert ZH.review_done_pin.format(id=1) in done["text"]
    assert testers.ANSWER in answer["text"].splitlines()[0]
    with ChatStore(own_db) as chats:
        assert chats.replies.disliked() == []


def test_other_passages_are_found_by_words_or_in_a_post_of_an_id(
    telegram: TelegramServer, own_db: Path
) -> None:
    with reviewed(telegram, own_db):
        page = ask(telegram, f"/review {QUESTION}", OPERATOR)
        by_id = ask(telegram, RIGHT, OPERATOR, reply_to_message=page)
        by_words = ask(telegram, DISLIKED, OPERATOR, reply_to_message=by_id)
        none = ask(telegram, "红烧肉怎么做", OPERATOR, reply_to_message=by_words)
        done = tap(telegram, by_id, "1")
        answer = ask(telegram, QUESTION)
    assert "287万户次" in page["text"]
    ids = [line.rpartition(" · ")[2] for line in by_id["text"].splitlines() if " · 2" in line]
    assert ids
    assert set(ids) == {RIGHT}
    assert testers.ANSWER in by_words["text"]
    assert QUESTION in none["text"]
    assert ZH.review_judged in done["text"]
    assert "287万户次" not in answer["text"].splitlines()[0]


def test_what_was_done_is_undone_by_a_tap_and_waits_for_review_again(
    telegram: TelegramServer, own_db: Path
) -> None:
    with reviewed(telegram, own_db):
        before = ask(telegram, MUTED)["text"]
        press(telegram, ask(telegram, MUTED), "👎")
        done = tap(telegram, ask(telegram, "/review", OPERATOR), "🔇")
        muted = ask(telegram, MUTED)["text"]
        none = ask(telegram, "/review", OPERATOR)
        undone = tap(telegram, done, "↩")
        again = ask(telegram, "/review", OPERATOR)
        dismissed = tap(telegram, again, "✔")
        last = ask(telegram, "/review", OPERATOR)
        after = ask(telegram, MUTED)["text"]
    assert muted != before == after
    assert none["text"] == last["text"] == ZH.review_none
    assert undone["text"] == ZH.review_undone.format(id=1)
    assert again["text"].startswith(ZH.review_title.format(number=1, total=1, count=1))
    assert dismissed["text"] == ZH.review_dismissed


def test_a_muted_paragraph_is_still_read_in_the_full_text(
    telegram: TelegramServer, own_db: Path
) -> None:
    with reviewed(telegram, own_db):
        page = ask(telegram, f"/review {QUESTION}", OPERATOR)
        tap(telegram, page, "🔇")
        answer = ask(telegram, QUESTION)
        read = ask(telegram, "/read 202202162277943417")
    assert "287万户次" not in answer["text"]
    assert "287万户次" in read["text"]


@pytest.mark.parametrize(
    "text", ["云税通", "\u3164", "a" * 21 + " b", "<b> </b>", "1 2 3 4 5 6 7 8 9", "# ## ###"]
)
def test_what_is_no_synonym_is_asked_for_again(
    telegram: TelegramServer, tmp_path: Path, text: str
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db, admins=frozenset({OPERATOR["id"]})):
        page = tap(telegram, ask(telegram, f"/review {QUESTION}", OPERATOR), "🔤")
        again = ask(telegram, text, OPERATOR, reply_to_message=page)
    assert ZH.review_synonym_how in again["text"]
    with ChatStore(db) as chats:
        assert chats.corrections.all() == []


def test_disliked_answers_are_leafed_through_the_most_disliked_first(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with ChatStore(db) as chats:
        for number, passage in ((1, 0), (2, 1), (3, 1), (4, 2)):
            reply = chats.replies.open(number, 1, number, several("问题"))
            chats.replies.rate(reply, number, liked=False, shown=passage)
    with RunningBot(telegram, db=db, admins=frozenset({OPERATOR["id"]})):
        first = ask(telegram, "/review", OPERATOR)
        second = tap(telegram, first, "下一个")
        third = tap(telegram, second, "下一个")
        back = tap(telegram, third, "◀")
    bold = [page["text"].splitlines()[5] for page in (first, second, third)]
    assert bold == ["第2句。", "第3句。", "第1句。"]
    assert labels(first)[-1] == ["下一个 ▶"]
    assert labels(second)[-1] == ["◀ 上一个", "下一个 ▶"]
    assert labels(third)[-1] == ["◀ 上一个"]
    assert back["text"] == second["text"]


def test_unanswered_questions_stand_in_pages_those_alike_together(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    today = china_today()
    subjects = "契税 房产税 印花税 车船税 资源税 关税 消费税 耕地占用税 烟叶税".split()
    with ChatStore(db) as chats:
        for ago, subject in enumerate(subjects):
            day = today - timedelta(days=20 - ago)
            chats.feedback.keep_unanswered(f"<b>{subject}怎么申报&", day, ago)
        chats.feedback.keep_unanswered("请问契税怎么申报呀", today, 7)
    settings = {"admins": frozenset({OPERATOR["id"]}), "keep_questions": True}
    with RunningBot(telegram, db=db, **settings):
        first = ask(telegram, "/unanswered", OPERATOR)
        second = tap(telegram, first, "▶")
        back = tap(telegram, second, "◀")
    lines = first["text"].splitlines()
    assert lines[:3] == [
        ZH.unanswered_title,
        f"1. 请问契税怎么申报呀（2 次，最近 {ZH.chart_day.format(today)}）",
        "    · <b>契税怎么申报&",
    ]
    assert [line[:2] for line in lines if line[0:1].isdigit()] == [f"{n}." for n in range(1, 9)]
    assert second["text"].splitlines()[1].startswith("9. <b>房产税怎么申报&（1 次，")
    assert back["text"] == first["text"]


@pytest.mark.parametrize("keeps", [False, True])
def test_without_questions_it_says_whether_they_are_kept(
    telegram: TelegramServer, tmp_path: Path, keeps: bool
) -> None:
    settings = {"admins": frozenset({OPERATOR["id"]}), "keep_questions": keeps}
    with RunningBot(telegram, db=tmp_path / "a.db", **settings):
        said = ask(telegram, "/unanswered", OPERATOR)["text"]
    assert said == (ZH.unanswered_none if keeps else ZH.unanswered_off)
    assert "TAXNEWS_KEEP_QUESTIONS=true" in ZH.unanswered_off


# --- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["/review", "/unanswered", "/review 问题"])
def test_for_all_but_operators_in_private_there_is_no_such_command(
    telegram: TelegramServer, tmp_path: Path, command: str
) -> None:
    with RunningBot(telegram, db=tmp_path / "a.db", admins=frozenset({OPERATOR["id"]})):
        stranger = ask(telegram, command, BOB)
        telegram.group(command, sender=OPERATOR)
        telegram.topic(command, sender=OPERATOR)
        telegram.reply_to(telegram.private("问题"))
    assert stranger["text"] == EN.unknown_command
    assert len(telegram.called("sendMessage")) == 2


DEEDS = ["v:g:1", "v:p", "v:c:0", "v:s", "v:m", "v:d", "v:y", "v:u", "v:i", "n:0"]


@pytest.mark.parametrize("deed", DEEDS)
def test_a_tap_is_an_operators_or_does_nothing(
    telegram: TelegramServer, own_db: Path, deed: str
) -> None:
    with reviewed(telegram, own_db):
        press(telegram, ask(telegram, DISLIKED), "👎")
        page = ask(telegram, "/review", OPERATOR)
        edits = len(telegram.called("editMessageText"))
        # In another's chat, in the operator's by another, in a group by the operator.
        theirs = ask(telegram, "问题", BOB)
        in_group = telegram.message(GROUP, BOT, "别的")
        for message, sender in ((theirs, BOB), (page, BOB), (in_group, OPERATOR)):
            call = acknowledged(telegram, telegram.press(message, deed, sender=sender))
            assert call["text"] in (ZH.too_old, EN.too_old)
        telegram.private(RIGHT, sender=BOB, reply_to_message=page)
        telegram.settled()
        assert len(telegram.called("editMessageText")) == edits
    with ChatStore(own_db) as chats:
        assert chats.corrections.all() == []
        assert len(chats.replies.disliked()) == 1


def test_who_is_no_operator_any_more_can_do_nothing_with_an_old_message(
    telegram: TelegramServer, own_db: Path
) -> None:
    with reviewed(telegram, own_db):
        press(telegram, ask(telegram, DISLIKED), "👎")
        page = ask(telegram, "/review", OPERATOR)
    with reviewed(telegram, own_db, admins=frozenset()):
        edits = len(telegram.called("editMessageText"))
        for deed in DEEDS:
            call = acknowledged(telegram, telegram.press(page, deed, sender=OPERATOR))
            assert call["text"] == ZH.too_old
        assert len(telegram.called("editMessageText")) == edits
    with ChatStore(own_db) as chats:
        assert chats.corrections.all() == []


@pytest.mark.parametrize("deed", ["v:c:0", "v:c:99", "v:y", "v:u", "v:c", "v:g", "v:g:99"])
def test_a_deed_that_the_message_has_no_button_for_changes_nothing(
    telegram: TelegramServer, own_db: Path, deed: str
) -> None:
    with reviewed(telegram, own_db):
        press(telegram, ask(telegram, DISLIKED), "👎")
        page = ask(telegram, "/review", OPERATOR)
        acknowledged(telegram, telegram.press(page, deed, sender=OPERATOR))
        telegram.reply_to(telegram.private("之后"))
    with ChatStore(own_db) as chats:
        assert chats.corrections.all() == []


def test_review_escapes_and_bounds_whatever_was_asked_and_said(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with ChatStore(db) as chats:
        for number in range(1, 60):
            reply = chats.replies.open(number, 1, number, found("问题"))
            question = "<b>&{limit}\u202e" + "税" * 900
            chats.replies.rate(reply, number, liked=False, question=question)
            chats.feedback.ask(number, 5, reply, number)
            chats.feedback.remark(number, 5, number, "</b>\x00" + "长" * 290)
    with RunningBot(telegram, db=db, admins=frozenset({OPERATOR["id"]}), keep_questions=True):
        call = telegram.reply_to(telegram.private("/review", sender=OPERATOR))
        choices = tap(telegram, call.result, "📌")
    assert call.params["parse_mode"] == "HTML"
    assert "<b>&{limit}税" in call.result["text"]
    assert "\u202e" not in call.result["text"]
    assert call.result["text"].count("· </b>长") == 5
    assert "<b>&{limit}税" in choices["text"]


# --- on the command line -------------------------------------------------------------------------


def test_what_the_command_line_accepts_holds_at_once_in_a_running_bot_and_back(
    telegram: TelegramServer, own_db: Path
) -> None:
    with reviewed(telegram, own_db):
        press(telegram, press(telegram, ask(telegram, DISLIKED), "👎"), "答非所问")
        listed = run("review", "--db", own_db)
        row = json.loads(run("review", "--json", "--db", own_db))
        done = run("review", "pin", RIGHT, "--for", row["id"], "--db", own_db)
        answer = ask(telegram, DISLIKED)
        none = ask(telegram, "/review", OPERATOR)
        run("review", "undo", 1, "--db", own_db)
        again = ask(telegram, "/review", OPERATOR)
        choices = tap(telegram, again, "📌")
        tap(telegram, choices, testers.right_choice(choices))
        asked = json.loads(run("ask", DISLIKED, "--json", "--db", own_db))
        changes = run("review", "changes", "--db", own_db)
    assert listed.startswith(f"{row['id']:>5}  disliked by 1: not an answer 1\n")
    assert (row["question"], row["disliked"], row["reasons"]) == (
        DISLIKED, 1, {"not an answer": 1},
    )  # fmt: skip
    assert done.startswith("change 1 is in force; undo it with: taxnews review undo 1\n")
    assert testers.ANSWER in done
    assert testers.ANSWER in answer["text"].splitlines()[0]
    assert none["text"] == ZH.review_none
    assert DISLIKED in again["text"]
    assert asked["answers"][0]["post"] == RIGHT
    assert changes.splitlines()[0].split()[:4:2] == ["2", "pin"]


def test_the_command_line_mutes_joins_confirms_and_dismisses(own_db: Path) -> None:
    with opened_answerer(own_db) as answerer, ChatStore(own_db) as chats:
        for number, question in enumerate((MUTED, DISLIKED), 1):
            reply = chats.replies.open(number, 1, number, answerer.ask(question))
            chats.replies.rate(reply, number, liked=False, question=question)
        chats.feedback.keep_unanswered(UNANSWERED, china_today(), 7)

    def own(*arguments: object) -> str:
        return run(*arguments, "--db", own_db)

    assert f"1  {china_today()}  {UNANSWERED}" in own("unanswered")
    assert json.loads(own("unanswered", "--json"))["count"] == 1
    assert "change 1 is in force" in own("review", "mute", "--for", 1)
    assert "商家必须给" in own("review", "confirm", 1)
    said = own("review", "synonym", "邓纶", "邓伦", "--question", UNANSWERED)
    assert "4765.82万元" in said
    assert "change 2 is in force" in own("review", "confirm", 2)
    assert own("review", "dismiss", 2) == "2: stays as it is\n"
    assert own("review") == "nothing to review\n"
    assert own("unanswered").startswith("no question without an answer is kept; they are,")
    changes = [json.loads(line) for line in own("review", "changes", "--json").splitlines()]
    assert [(c["id"], c["kind"], c["question"], c["state"]) for c in changes] == [
        (1, "mute", MUTED, "in force"), (2, "synonym", UNANSWERED, "in force"),
    ]  # fmt: skip
    assert changes[1]["names"] == ["邓纶", "邓伦"]
    with Store.open(own_db) as store:
        with store.transaction():
            store.forget(["202605220005249874"])
        assert "(post gone: passed over)" in own("review", "changes")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pin", RIGHT], "the answer to what? give --question: none was kept"),
        (["pin", "999", "--question", "退税"], "no post 999 in the database"),
        (["pin", RIGHT, "--question", "？！"], "names nothing by which it could be known again"),
        (["pin", RIGHT, "--question", "退税", "--paragraph", "99"], "paragraphs, no number 99"),
        (["pin", RIGHT, "--for", "7"], "no disliked answer 7; see: taxnews review"),
        (["mute"], "name POST and --paragraph, or the disliked answer with --for"),
        (["mute", RIGHT], "name POST and --paragraph, or the disliked answer with --for"),
        (["synonym", "一个"], "give 2 to 8 names of at most 20 characters"),
        (["confirm", "7"], "no change 7; see: taxnews review changes"),
        (["undo", "7"], "no change 7; see: taxnews review changes"),
        (["dismiss", "7"], "no disliked answer 7; see: taxnews review"),
    ],
)
def test_what_cant_be_corrected_is_said_and_changes_nothing(
    own_db: Path, arguments: list[str], says: str
) -> None:
    with pytest.raises((TaxnewsError, click.UsageError), match=re.escape(says)):
        run("review", *arguments, "--db", own_db)
    assert run("review", "changes", "--db", own_db) == "nothing was changed\n"


@pytest.mark.parametrize("name", ["pin", "synonym", "mute", "confirm", "dismiss", "changes",
                                  "undo", "export"])  # fmt: skip
def test_every_part_of_review_has_help_with_an_example(name: str) -> None:
    assert f"Example:\n    taxnews review {name}" in run("review", name, "--help")


# --- what readers see of a pin -----------------------------------------------------------------


def test_a_pinned_answer_says_that_there_are_newer_posts_and_leafs_to_them(
    telegram: TelegramServer, own_db: Path
) -> None:
    asked = "加油站偷税是怎么查的"
    old = "202304150005172443"
    with reviewed(telegram, own_db):
        with opened_library(own_db) as library, ChatStore(own_db) as chats:
            story = library.story(old)
            assert story is not None
            pin(chats, None, asked, story, 0)
            expected = library.ask(asked).newer
        answer = ask(telegram, asked)
        second = press(telegram, answer, "下一条")
        back = press(telegram, second, "◀")
        plain = telegram.reply_to(telegram.private("/settings")).result
        press(telegram, plain, "纯文本")
        numbered = ask(telegram, asked)
    assert expected
    dates = [passage.published for passage in expected if passage.published]
    note = ZH.newer_posts.format(count=len(expected), date=ZH.date.format(max(dates)))
    assert note in answer["text"]
    assert note not in second["text"]
    assert expected[0].sentence.partition("\n")[0] in second["text"]
    assert back["text"] == answer["text"]
    assert note in numbered["text"]


def test_two_pins_of_one_question_are_one(own_db: Path) -> None:
    with ChatStore(own_db) as chats, opened_library(own_db) as library:
        story = library.story(RIGHT)
        assert story is not None
        pin(chats, None, DISLIKED, story, 0)
        pin(chats, None, f"请问{DISLIKED}？", story, 0)
        assert [each.key for each in chats.corrections.all()] == [key_of(DISLIKED)]


def test_a_stored_answer_keeps_what_stands_beside_its_pin(tmp_path: Path) -> None:
    pinned, newer = replace(PASSAGE, is_pinned=True), replace(PASSAGE, post="2", is_newer=True)
    with ChatStore(tmp_path / "a.db") as store:
        reply = store.replies.open(1, 1, 1, Answer("", 1.0, (pinned, newer, PASSAGE)))
        kept = store.replies.get(reply)
    assert kept is not None
    assert kept.answer.passages == (pinned, newer, PASSAGE)
    assert kept.answer.newer == (newer,)


def test_the_longest_of_everything_fits_into_one_message() -> None:
    text = "税&<" * 500
    passage = replace(PASSAGE, title=text, source=text, text=text * 2, sentence=text)
    item = Disliked(
        ids=tuple(range(2000)), question=text, asker=None, passage=passage, others=(),
        reasons=dict.fromkeys(REASONS.values(), 2000), remarks=(text,) * 2000, newest="",
    )  # fmt: skip
    today = china_today()
    cluster = [f"{number}{text}" for number in range(2000)]
    position = render.Position(2000, 2000, 1, 2)
    for texts in (ZH, EN):
        for message in (
            render.item_message(item, text, position, texts, today=today),
            render.question_message(text, passage, texts, today=today),
            render.choices_message(text, [passage] * MOST_CHOICES, texts),
            render.synonym_message(text, texts),
            render.done_message(text, text, passage, 1, texts, today=today, is_judged=True),
            render.unanswered_message([(cluster, today)] * PAGE, texts, first=1, pages=[]),
        ):
            plain, _ = parse_html(message.html)
            assert units(plain) <= MESSAGE_LIMIT
            rows = message.keyboard.inline_keyboard if message.keyboard else ()
            taken = [str(button.callback_data) for row in rows for button in row]
            assert all(len(data.encode()) <= 64 for data in taken)
