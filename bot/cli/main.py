"""The command `taxnews`: each subcommand parses, calls one function, prints."""

import os
import sys
from gettext import gettext as _
from io import TextIOWrapper
from typing import NoReturn

import click

from bot.cli.lazy import LazyGroup, UnknownCommand
from corpus.errors import TaxnewsError
from corpus.reading.text import in_one_line

COMMANDS = {
    "ask": "Answer QUESTION, or each line of standard input.",
    "backup": "Copy the database to FILE, also while it is in use.",
    "chat": "Ask one question after the other at a prompt; an empty line or Ctrl-D ends it.",
    "cluster": "Keep the posts on the search cluster that TAXNEWS_CLUSTER names.",
    "digest": "Print the most important posts of the last DAYS.",
    "doctor": "Look at database, sources, index and settings; say what mends what is wrong.",
    "evaluate": "Measure the answers on gold questions, or the ranking on a BEIR folder.",
    "explain": "Show how QUESTION is read, and what each feature adds to its best answers.",
    "export": "Print every post as a line of JSON, which a .jsonl source reads back.",
    "forget": "Drop posts for good: the one with an ID, or all of a kind.",
    "index": "Bring the index beside the database up to date, or build it anew.",
    "ingest": "Read posts into the database, which is made if missing.",
    "parse": "Show what taxnews reads from the post in FILE.",
    "problems": "List the files that were no posts and why, after their number by kind.",
    "restore": "Put the copy FILE in place of the database.",
    "review": "List the disliked answers that are to be reviewed, the most disliked first.",
    "serve": "Run the Telegram bot until it is stopped.",
    "source": "Keep the list of places that taxnews ingest reads.",
    "stats": "Show what the database holds: posts by medium, category and month.",
    "trend": "Show how many posts a month mention each SUBJECT, at most five.",
    "unanswered": "List the questions that found no answer in the last ninety days, newest first.",
    "usage": "Show how much the bot was asked in ninety days, how well and fast it answered.",
}
"""Each command, in the module of its name, and what it does: the first sentence of its help."""


def main() -> NoReturn:
    """Run the command line; exit with 0, or with 2 and one line on stderr for an error."""
    output = sys.stdout
    if isinstance(output, TextIOWrapper):  # its encoding may lack a character of an answer
        output.reconfigure(errors="replace")
    if os.environ.get("COLUMNS") == "0":  # a terminal of no known width, not one of none
        del os.environ["COLUMNS"]
    if "_TAXNEWS_COMPLETE" in os.environ:
        from bot.cli import completion  # here, as few want it

        completion.set_up()
    try:
        cli.main(prog_name="taxnews", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as error:
        _fail(_said(error))
    except click.Abort:
        _fail(_("interrupted"))
    except (TaxnewsError, OSError) as error:
        _fail(_text_of(error))
    except UnicodeEncodeError:
        argument = next(filter(_is_no_text, sys.argv), None)
        if argument is None:
            raise
        _fail(_("{argument}: not UTF-8").format(argument=argument))
    except SystemExit as end:
        # So click and rich end, with 1, where the reader of our output has gone.
        if sys.stdout is not output or isinstance(end.__context__, BrokenPipeError):
            sys.exit(0)
        raise
    sys.exit(0)


def _said(error: click.ClickException) -> str:
    """An error in a line; of a command that is written wrongly, where to read how it is written."""
    message = error.format_message()
    if isinstance(error, _MISWRITTEN) and error.ctx is not None:
        return f"{message} ({error.ctx.command_path} --help)"
    return message


_MISWRITTEN = (click.MissingParameter, click.NoSuchOption, UnknownCommand)
"""What our own errors don't say: they tell what is expected."""


def _text_of(error: TaxnewsError | OSError) -> str:
    """An error in a line: of a file, its name before what the system says of it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _is_no_text(argument: str) -> bool:
    """Whether an argument is of bytes that are not UTF-8."""
    return argument != argument.encode("utf-8", "replace").decode()


def _fail(message: str) -> NoReturn:
    told = message.encode("utf-8", "backslashreplace").decode()  # a name may be no UTF-8
    click.echo(f"taxnews: {in_one_line(told)}", err=True)
    sys.exit(2)


@click.group(
    cls=LazyGroup,
    package="bot.cli",
    summaries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="taxnews", prog_name="taxnews")
def cli() -> None:
    """Answer questions about Chinese tax news with the passage that says so.

    \b
    Example:
      taxnews ingest ~/site/_posts ~/site/old_post
      taxnews ask "2021年广东给多少户次纳税人自动发放了发票？"
    """
