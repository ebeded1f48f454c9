"""`taxnews review`: disliked answers, listed, corrected, and judged."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from bot import review_actions, settings
from bot.cli.chats import opened_chats
from bot.cli.options import db_option, json_option
from bot.storage.chats import ChatStore
from bot.storage.feedback import Disliked
from corpus.errors import TaxnewsError
from corpus.store.corrections import Correction
from corpus.store.store import Store
from corpus.store.values import Story
from retrieval.answering.answer import Passage
from retrieval.answering.corrections import corrections_of, state_of
from retrieval.engine import opening
from retrieval.engine.library import Library
from retrieval.quality.evaluation import row_of

for_option = click.option("--for", "item", type=int, metavar="ID", help="The disliked answer.")
question_option = click.option("--question", help="The question; that of the disliked answer.")


@click.group(invoke_without_command=True)
@json_option
@db_option
@click.pass_context
def review(context: click.Context, as_json: bool, db: Path) -> None:
    """List the disliked answers that are to be reviewed, the most disliked first.

    The subcommands correct them: at once, also for a running bot, and until undone.

    \b
    Example:
      taxnews review
      taxnews review pin 202506160005241133 --for 12
      taxnews review pin 202506160005241133 --question "综合所得包括哪几项"
      taxnews review synonym 云税通 电子税务局
      taxnews review mute --for 13
      taxnews review changes
      taxnews review undo 2
    """
    if context.invoked_subcommand is not None:
        return
    with opened_chats(db) as chats:
        items = chats.replies.disliked()
    for item in items:
        click.echo(_item_json(item) if as_json else _item_text(item))
    if not items and not as_json:
        click.echo(_("nothing to review"))


def _item_json(item: Disliked) -> str:
    row = {
        "id": item.id,
        "disliked": len(item.ids),
        "reasons": dict(item.reasons),
        "question": item.question,
        "post": item.passage.post,
        "title": item.passage.title,
        "sentence": item.passage.sentence,
        "remarks": item.remarks,
        "newest": item.newest,
    }
    return json.dumps(row, ensure_ascii=False)


def _item_text(item: Disliked) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in item.reasons.items())
    disliked = _("disliked by {count}").format(count=len(item.ids))
    lines = [
        f"{item.id:>5}  {disliked}" + (f": {reasons}" if reasons else ""),
        f"       {item.question or _('(the question was not kept)')}",
        f"       → {item.passage.sentence.partition(chr(10))[0]}",
        f"         {item.passage.title} ({item.passage.post})",
        *(f"       “{remark}”" for remark in item.remarks),
    ]
    return "\n".join(lines)


@review.command()
@click.argument("post")
@click.option("--paragraph", type=click.IntRange(1), help="Which of the post's, from 1.")
@for_option
@question_option
@db_option
def pin(post: str, paragraph: int | None, item: int | None, question: str | None, db: Path) -> None:
    """Have a question answered by a paragraph of POST; by default the one that answers best.

    \b
    Example:
      taxnews review pin 202506160005241133 --for 12 --paragraph 1
    """
    with _opened(db) as (chats, library):
        disliked = _item(chats, item)
        question = _needed(_asked(question, disliked))
        story = _story(library, post)
        at = _position(library, story, question, paragraph)
        done = review_actions.pin(chats, disliked, question, story, at)
        if passage := _report(library, done, question):
            review_actions.judge(chats, done, question, passage)


@review.command()
@click.argument("names", nargs=-1, required=True)
@for_option
@question_option
@db_option
def synonym(names: tuple[str, ...], item: int | None, question: str | None, db: Path) -> None:
    """Have NAMES, two or more, mean the same.

    \b
    Example:
      taxnews review synonym 云税通 电子税务局
    """
    known = review_actions.names_in(" ".join(names))
    if not known:
        message = _("give 2 to {most} names of at most {longest} characters")
        most, longest = review_actions.MOST_NAMES, review_actions.LONGEST_NAME
        raise click.UsageError(message.format(most=most, longest=longest))
    with _opened(db) as (chats, library):
        disliked = _item(chats, item)
        question = _asked(question, disliked)
        _report(library, review_actions.join(chats, disliked, question, known), question)


@review.command()
@click.argument("post", required=False)
@click.option("--paragraph", type=click.IntRange(1), help="Which of the post's, from 1.")
@for_option
@question_option
@db_option
def mute(
    post: str | None, paragraph: int | None, item: int | None, question: str | None, db: Path
) -> None:
    """Have a paragraph answer nothing any more: one of POST, or the one that was disliked.

    \b
    Example:
      taxnews review mute --for 13
      taxnews review mute 202304150005175964 --paragraph 3
    """
    if (post is None) == (item is None) or (post is None) != (paragraph is None):
        message = _("name POST and --paragraph, or the disliked answer with --for")
        raise click.UsageError(message)
    with _opened(db) as (chats, library):
        disliked = _item(chats, item)
        question = _asked(question, disliked)
        story = _story(library, post or (disliked.passage.post if disliked else ""))
        if disliked and paragraph is None:
            at = review_actions.paragraph_of(disliked.passage, story)
            if at is None:
                raise TaxnewsError(f"post {story.post.id}: that paragraph is no longer there")
        else:
            at = _checked(story, paragraph or 1)
        _report(library, review_actions.mute(chats, disliked, question, story, at), question)


@review.command()
@click.argument("change", type=int)
@question_option
@db_option
def confirm(change: int, question: str | None, db: Path) -> None:
    """Have the answer that a question has now, after a CHANGE, judged as right.

    \b
    Example:
      taxnews review confirm 3
    """
    with _opened(db) as (chats, library):
        correction = chats.corrections.get(change)
        if correction is None:
            raise _no_change(change)
        question = _needed(question or correction.question)
        passage = _report(library, change, question)
        if passage is None:
            raise TaxnewsError(f"{question}: has no answer that could be right")
        review_actions.judge(chats, change, question, passage)


@review.command()
@click.argument("item", type=int)
@db_option
def dismiss(item: int, db: Path) -> None:
    """Leave the answer that was disliked as it is.

    \b
    Example:
      taxnews review dismiss 12
    """
    with opened_chats(db) as chats:
        disliked = _item(chats, item)
        assert disliked is not None
        review_actions.dismiss(chats, disliked)
    click.echo(_("{item}: stays as it is").format(item=item))


@review.command()
@json_option
@db_option
def changes(as_json: bool, db: Path) -> None:
    """List what was accepted, and what of it has no effect because the post is gone or changed.

    \b
    Example:
      taxnews review changes
    """
    with opened_chats(db) as chats, opening.opened_stories(db, settings.cluster()) as stories:
        accepted = chats.corrections.all()
        muted = corrections_of(accepted).muted
        for correction in accepted:
            state = state_of(correction, stories, muted)
            click.echo(
                _change_json(correction, state) if as_json else _change_text(correction, state)
            )
    if not accepted and not as_json:
        click.echo(_("nothing was changed"))


def _change_json(correction: Correction, state: str) -> str:
    row: dict[str, Any] = {
        "id": correction.id,
        "kind": correction.kind,
        "question": correction.question,
        "post": correction.spot.post if correction.spot else None,
        "opening": correction.opening,
        "names": correction.names,
        "created": correction.created,
        "state": state,
    }
    return json.dumps(row, ensure_ascii=False)


def _change_text(correction: Correction, state: str) -> str:
    what = " = ".join(correction.names)
    if correction.spot:
        what = f"{correction.spot.post}: {correction.opening}…"
    why = f"  ({state}: passed over)" if state != "in force" else ""
    line = f"{correction.id:>5}  {correction.created[:10]}  {correction.kind:7}  {what}{why}"
    return line + (f"\n{'':19}{'for':7}  {correction.question}" if correction.question else "")


@review.command()
@click.argument("change", type=int)
@db_option
def undo(change: int, db: Path) -> None:
    """Take a CHANGE back; what it settled is to be reviewed again.

    \b
    Example:
      taxnews review undo 2
    """
    with opened_chats(db) as chats:
        if not review_actions.undo(chats, change):
            raise _no_change(change)
    click.echo(_("change {change} is undone").format(change=change))


@review.command()
@db_option
def export(db: Path) -> None:
    """Print the gold questions that came of the changes, as taxnews evaluate --questions reads
    them.

    \b
    Example:
      taxnews review export > own.jsonl
    """
    with Store.open(db) as store:
        for judgement in store.judgements():
            click.echo(json.dumps(row_of(judgement), ensure_ascii=False))


@contextmanager
def _opened(db: Path) -> Iterator[tuple[ChatStore, Library]]:
    chosen = settings.own_synonyms(), None, settings.cluster()
    with opening.opened_library(db, *chosen) as library, ChatStore(db) as chats:
        yield chats, library


def _item(chats: ChatStore, item: int | None) -> Disliked | None:
    """The disliked answer with a number; raises TaxnewsError where there is none."""
    if item is None:
        return None
    for one in chats.replies.disliked(settled=True):
        if item in one.ids:
            return one
    raise TaxnewsError(_("no disliked answer {item}; see: taxnews review").format(item=item))


def _no_change(change: int) -> TaxnewsError:
    return TaxnewsError(_("no change {change}; see: taxnews review changes").format(change=change))


def _asked(question: str | None, disliked: Disliked | None) -> str | None:
    return question or (disliked.question if disliked else None)


def _needed(question: str | None) -> str:
    if question is None:
        raise click.UsageError(_("the answer to what? give --question: none was kept"))
    return question


def _story(library: Library, post: str) -> Story:
    story = library.story(post)
    if story is None:
        raise TaxnewsError(_("no post {post} in the database").format(post=post))
    return story


def _position(library: Library, story: Story, question: str, paragraph: int | None) -> int:
    """Which paragraph of the story is meant: the one named, else the one that answers best."""
    if paragraph is not None:
        return _checked(story, paragraph)
    best = next(iter(library.within(story.post.id, question, 1)), None)
    at = review_actions.paragraph_of(best, story) if best else None
    if at is None:
        raise TaxnewsError(f"post {story.post.id}: no paragraph to answer with")
    return at


def _checked(story: Story, paragraph: int) -> int:
    count = len(story.post.paragraphs)
    if paragraph > count:
        raise TaxnewsError(f"post {story.post.id}: has {count} paragraphs, no number {paragraph}")
    return paragraph - 1


def _report(library: Library, done: int, question: str | None) -> Passage | None:
    """Says that a change is in force, and what the answer to its question is now: its passage."""
    said = _("change {change} is in force; undo it with: taxnews review undo {change}")
    click.echo(said.format(change=done))
    if question is None:
        return None
    passage = next(iter(library.ask(question, limit=1).passages), None)
    now = passage.sentence.replace("\n", " ") if passage else "(no answer)"
    click.echo(f"{question}\n→ {now}")
    return passage
