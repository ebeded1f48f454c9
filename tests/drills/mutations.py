"""Each of Telegram's limits and pitfalls → the line that handles it, and the test that fails
without that line.

    python -m tests.drills.mutations [WORDS]

takes the lines out one at a time (of those whose names hold WORDS), in a copy of the tree, and
runs the tests named beside them: each has to fail. It takes some minutes and exits with 1 if a
test passes without its handling.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Mutation(NamedTuple):
    """What is handled, by which text of which file, what stands there without it, and the tests."""

    handles: str
    file: str
    text: str
    without: str
    tests: str


LIMITS = (
    Mutation(
        "4,096 units of a message",
        "bot/render/message.py",
        "    return escape(clip(_UNFIT.sub",
        "    return escape((lambda text, limit: text)(_UNFIT.sub",
        "bot/render/test_answer.py::test_the_longest_of_everything_fits",
    ),
    Mutation(
        "units are UTF-16's",
        "bot/render/message.py",
        'return len(text) + sum(character > "\\uffff" for character in text)',
        "return len(text)",
        "bot/render/test_answer.py::test_a_clipped_text_is_its_beginning_within_the_limit",
    ),
    Mutation(
        "100 entities: matched words are no entities",
        "bot/render/passage.py",
        "<{tag}>{inert(around, PASSAGE)}</blockquote>",
        "<{tag}>{''.join(f'<u>{safe(c)}</u>' for c in around[:150])}</blockquote>",
        "bot/render/test_answer.py::test_any_answer_is_html_within_telegrams_limits",
    ),
    Mutation(
        "captions (1,024) are read as questions",
        "bot/chat/addressing.py",
        'text = message.text or message.caption or ""',
        'text = message.text or ""',
        "bot/features/test_asking.py::test_a_caption_of_telegrams_full_length_gets_the_line_on_long_questions",
    ),
    Mutation(
        "64 bytes of callback data",
        "bot/render/callbacks.py",
        "return len(callback.data.encode()) <= LONGEST and decode(callback.data) == callback",
        "return True",
        "bot/features/test_browsing.py::test_latest_of_a_category_too_long_for_a_button_has_no_pages",
    ),
    Mutation(
        "200 characters of a callback answer",
        "bot/render/texts.py",
        '    rated="',
        '    rated=200 * "谢" + "',
        "bot/render/test_answer.py::test_what_a_button_answers_is_within_telegrams_200_characters",
    ),
    Mutation(
        "a press is acknowledged first",
        "bot/features/buttons.py",
        "  # the post was rewritten or is gone\n    await tap.acknowledge()\n",
        "\n    asyncio.get_running_loop().call_later(1, lambda:"
        " asyncio.ensure_future(tap.acknowledge()))\n",
        "bot/features/test_buttons.py::test_a_press_is_acknowledged_before_it_is_acted_on",
    ),
    Mutation(
        "50 inline results",
        "bot/features/inline.py",
        "FOUND = 50",
        "FOUND = 60",
        "bot/features/test_browsing.py::test_inline_pages_end_at_telegrams_fifty_results",
    ),
    Mutation(
        "256 characters of an inline query",
        "bot/features/inline.py",
        "question = query.query.strip()",
        "question = query.query.strip()[:250]",
        "bot/features/test_browsing.py::test_the_longest_inline_query_is_asked_whole",
    ),
    Mutation(
        "64 bytes of an inline offset, forged ones",
        "bot/features/inline.py",
        "if query.offset.isdecimal() and len(query.offset) < 4 else 0",
        "if query.offset else 0",
        "bot/features/test_browsing.py::test_inline_survives_forged_offsets_and_queries_too_old",
    ),
    Mutation(
        "names and descriptions of commands",
        "bot/features/commands.py",
        "BotCommand(name, getattr",
        'BotCommand("税", getattr',
        "bot/features/test_asking.py::test_commands_are_set_for_each_scope_in_each_language",
    ),
    Mutation(
        "64 characters of a start parameter",
        "bot/render/links.py",
        "if len(start) > _START or not re.fullmatch",
        "if not re.fullmatch",
        "bot/render/test_answer.py::test_a_passage_of_a_post_with_a_long_id_has_no_link_to_share",
    ),
    Mutation(
        "30 messages a second over all",
        "bot/delivery/limiter.py",
        'if "chat_id" in data:',
        "if False:",
        "bot/delivery/test_delivery.py::test_thirty_messages_a_second_are_the_most",
    ),
    Mutation(
        "one message a second in a private chat",
        "bot/delivery/outbox.py",
        "PRIVATE_PACE = 1.0",
        "PRIVATE_PACE = 0.0",
        "bot/delivery/test_delivery.py::test_a_private_chat_gets_one_message_a_second",
    ),
    Mutation(
        "a sign of typing counts too",
        "bot/delivery/outbox.py",
        "            )\n        self._note_pace(destination)\n\n    async def edit",
        "            )\n\n    async def edit",
        "bot/delivery/test_delivery.py::test_a_sign_of_typing_counts_as_a_message_to_a_private_chat",
    ),
    Mutation(
        "20 messages a minute in a group",
        "bot/delivery/limiter.py",
        "max_retries=0)",
        "max_retries=0, group_max_rate=0)",
        "bot/delivery/test_delivery.py::test_a_group_gets_at_most_twenty_messages_at_once",
    ),
    Mutation(
        "1 to 256 characters of a webhook's secret",
        "bot/setting_values.py",
        'return _checked(value, r"[A-Za-z0-9_-]{1,256}"',
        'return _checked(value, r".*"',
        "bot/test_settings.py::test_a_bad_value_is_one_line_that_names_the_variable_and_not_the_value",
    ),
    Mutation(
        "a webhook's secret is asked for",
        "bot/run.py",
        "secret_token=settings.webhook_secret,",
        "",
        "bot/features/test_browsing.py::test_a_webhook_takes_updates_with_the_secret_and_no_others",
    ),
    Mutation(
        "corpus text is escaped",
        "bot/render/message.py",
        'return escape(clip(_UNFIT.sub("", text), limit), quote=False)',
        'return clip(_UNFIT.sub("", text), limit)',
        "bot/render/test_answer.py::test_an_answer_reads_sentence_passage_title_date_medium",
    ),
    Mutation(
        "no cut inside a character",
        "bot/render/message.py",
        "        end -= 1  # an accent",
        "        break  # an accent",
        "bot/render/test_answer.py::test_a_clip_tears_no_character",
    ),
)

PTB = (
    Mutation(
        "commands are set at start",
        "bot/application.py",
        '("commands", lambda bot: set_commands(bot, service.operators))',
        '("commands", set_descriptions)',
        "bot/features/test_asking.py::test_commands_are_set_for_each_scope_in_each_language",
    ),
    Mutation(
        "chats side by side",
        "bot/delivery/turns.py",
        "SIDE_BY_SIDE = 128",
        "SIDE_BY_SIDE = 1",
        "bot/delivery/test_delivery.py::test_a_chat_is_answered_in_order_and_chats_side_by_side",
    ),
    Mutation(
        "in order within a chat",
        "bot/delivery/turns.py",
        "        lock, waiting = self._chats.get(chat, (asyncio.Lock(), 0))",
        "        lock, waiting = asyncio.Lock(), self._chats.get(chat, (None, 0))[1]",
        "bot/delivery/test_delivery.py::test_a_chat_is_answered_in_order_and_chats_side_by_side",
    ),
    Mutation(
        "a search runs in a thread",
        "bot/chat/service.py",
        "return await asyncio.get_running_loop().run_in_executor(self._threads, work)",
        "return work()",
        "bot/delivery/test_delivery.py::test_a_chat_is_answered_in_order_and_chats_side_by_side",
    ),
    Mutation(
        "no previews of links",
        "bot/application.py",
        "        defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),\n",
        "",
        "bot/features/test_asking.py::test_a_question_in_private_is_answered_with_sentence_link_and_date",
    ),
    Mutation(
        "a reply to what was deleted",
        "bot/delivery/outbox.py",
        "ReplyParameters(destination.to, allow_sending_without_reply=True)",
        "ReplyParameters(destination.to)",
        "bot/features/test_asking.py::test_a_deleted_question_is_still_answered",
    ),
    Mutation(
        "only the updates there are handlers for",
        "bot/run.py",
        "        bootstrap_retries=-1,\n        allowed_updates=ALLOWED_UPDATES,\n",
        "        bootstrap_retries=-1,\n",
        "bot/test_run.py::test_only_updates_with_a_handler_are_asked_for",
    ),
    Mutation(
        "a network that is down at start",
        "bot/run.py",
        """await until_reached(app.initialize, f"can't reach {host}")""",
        "await app.initialize()",
        "bot/test_run.py::test_a_network_that_isnt_there_at_start_is_waited_for",
    ),
)

PITFALLS = (
    Mutation(
        "edited messages: commands are for new ones",
        "bot/features/register.py",
        "CommandHandler(name, bound(persons(command)), new)",
        "CommandHandler(name, bound(persons(command)))",
        "bot/features/test_buttons.py::test_an_edit_into_a_command_runs_none",
    ),
    Mutation(
        "edited messages edit their answer",
        "bot/features/asking.py",
        "if context.is_edit else None",
        "if False else None",
        "bot/features/test_buttons.py::test_an_edited_question_edits_its_answer",
    ),
    Mutation(
        "channel posts: no command handler takes them",
        "bot/features/register.py",
        "filters.UpdateType.MESSAGES | filters.UpdateType.CHANNEL_POSTS",
        "filters.UpdateType.MESSAGES",
        "bot/features/test_browsing.py::test_ask_as_a_channel_post_is_answered_under_it_and_the_rest_is_not",
    ),
    Mutation(
        "in channels there is no user",
        "bot/chat/access.py",
        "return message.from_user.id if message.from_user and not message.sender_chat else None",
        "return message.from_user.id",
        "bot/features/test_browsing.py::test_ask_as_a_channel_post_is_answered_under_it_and_the_rest_is_not",
    ),
    Mutation(
        "permissions hang on the chat",
        "bot/chat/context.py",
        "if self.service.is_allowed(user, self.chat):",
        "if self.service.is_allowed(user):",
        "bot/features/test_browsing.py::test_a_channel_may_be_the_one_who_is_allowed",
    ),
    Mutation(
        "threads outside topics are not echoed",
        "bot/chat/service.py",
        "message.message_thread_id if message.is_topic_message else None",
        "message.message_thread_id",
        "bot/features/test_asking.py::test_a_thread_of_replies_outside_topics_is_not_echoed",
    ),
    Mutation(
        "privacy mode: /ask",
        "bot/chat/addressing.py",
        'if name != "ask" or',
        "if True or",
        "bot/features/test_asking.py::test_in_a_group_it_answers_when_addressed",
    ),
    Mutation(
        "privacy mode: a reply to the bot",
        "bot/chat/addressing.py",
        "if not (command or names or is_private or _replies(message, me)):",
        "if not (command or names or is_private):",
        "bot/features/test_asking.py::test_a_reply_to_the_bot_is_a_question_and_one_to_a_person_is_not",
    ),
    Mutation(
        "a group becomes a supergroup",
        "bot/features/register.py",
        "    app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, plain(on_migration)))\n",
        "",
        "bot/features/test_buttons.py::test_a_group_that_becomes_a_supergroup_keeps_settings_and_buttons",
    ),
    Mutation(
        "a time-out on sending may have arrived",
        "bot/delivery/outbox.py",
        "            if may_have_arrived(error):",
        "            if False:",
        "bot/delivery/test_delivery.py::test_a_send_of_unknown_fate_is_repeated_and_counted",
    ),
    Mutation(
        "it isn't repeated for ever",
        "bot/delivery/outbox.py",
        "MAX_UNKNOWN = 3",
        "MAX_UNKNOWN = 9",
        "bot/delivery/test_delivery.py::test_a_send_whose_fate_stays_unknown_is_given_up_and_counted",
    ),
    Mutation(
        "message is not modified",
        "bot/features/failures.py",
        '    "message is not modified",\n',
        "",
        "bot/features/test_buttons.py::test_an_edit_that_changes_nothing_is_no_error",
    ),
    Mutation(
        "query is too old",
        "bot/features/buttons.py",
        "    with contextlib.suppress(TelegramError):\n",
        "    if True:\n",
        "bot/features/test_buttons.py::test_a_press_that_waited_too_long_is_still_done",
    ),
    Mutation(
        "an inline query that is too old",
        "bot/features/failures.py",
        '    "query is too old",\n',
        "",
        "bot/features/test_browsing.py::test_inline_survives_forged_offsets_and_queries_too_old",
    ),
    Mutation(
        "blocked and kicked",
        "bot/features/failures.py",
        "if isinstance(error, (Forbidden, Postponed)):",
        "if isinstance(error, Postponed):",
        "bot/features/test_asking.py::test_a_user_who_blocked_the_bot_causes_neither_error_nor_apology",
    ),
    Mutation(
        "429: retry_after is honoured",
        "bot/delivery/outbox.py",
        "            return _Attempt(pause=seconds_of(error))\n",
        "            raise\n",
        "bot/delivery/test_delivery.py::test_floods_beyond_the_limiters_patience_are_waited_out_too",
    ),
    Mutation(
        "409: two pollers",
        "bot/delivery/polling.py",
        "self.stop(CONFLICT)",
        "pass",
        "bot/test_run.py::test_one_conflict_is_outlived_and_a_lasting_one_ends_the_bot",
    ),
    Mutation(
        "what is remembered outlives a restart",
        "bot/application.py",
        "if again := await self._inbox.take_up(self.bot):",
        "if again := 0:",
        "bot/delivery/test_delivery.py::test_a_stop_leaves_what_waits_for_the_next_start",
    ),
    Mutation(
        "httpx logs the token",
        "bot/logs.py",
        '    logging.getLogger("httpx").setLevel(logging.WARNING)\n',
        "",
        "bot/test_run.py::test_nobody_reads_token_or_questions_in_the_log",
    ),
    Mutation(
        "whatever is logged, the token is not in it",
        "bot/logs.py",
        '        return self._token.sub("<token>", self._formatter.format(record))',
        "        return self._formatter.format(record)",
        "bot/test_run.py::test_nobody_reads_token_or_questions_in_the_log",
    ),
    Mutation(
        "an API address that PTB can't parse",
        "bot/settings.py",
        "    api_url: Annotated[str | None, values.api_url]",
        "    api_url: Annotated[str | None, str]",
        "bot/test_settings.py::test_a_bad_value_is_one_line_that_names_the_variable_and_not_the_value",
    ),
    Mutation(
        "no update is confirmed before it is written down",
        "bot/delivery/inbox.py",
        "        fresh = await self._write(\n            self._storage.store.updates.write_down,",
        "        fresh = await _pretend(\n            self._storage.store.updates.write_down,",
        "bot/delivery/test_delivery.py::test_a_kill_at_any_point_loses_no_question_and_doubles_only_what_is_counted",
    ),
    Mutation(
        "ids with commas between",
        "bot/setting_values.py",
        'if not all(re.fullmatch(r"-?[0-9]{1,19}", part) for part in parts if part):',
        'if not all(re.fullmatch(r"-?[0-9]{1,19}", part) for part in parts):',
        "bot/test_settings.py::test_the_environment_is_read",
    ),
    Mutation(
        "errors don't tell questions",
        "bot/features/failures.py",
        'logger.error("while handling %s:\\n%s", kind, outline(error))',
        'logger.error("while handling %s: %r", kind, error)',
        "bot/features/test_asking.py::test_a_failing_search_is_apologised_for_and_logged_without_the_question",
    ),
    Mutation(
        "one broken update doesn't block the rest",
        "bot/delivery/polling.py",
        "return code, await self._taken_in(payload) if code == 200 else payload",
        "return code, payload",
        "bot/test_run.py::test_an_update_that_cant_be_read_is_passed_over_and_counted",
    ),
)

HELPERS = """

async def _pretend(*args, **kwargs):
    return True
"""


def mutations() -> tuple[Mutation, ...]:
    """All of them."""
    return LIMITS + PTB + PITFALLS


def fails_without(mutation: Mutation, tree: Path) -> bool:
    """Whether the tests of `mutation` fail in the copy at `tree` while its handling is out."""
    file = tree / mutation.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(mutation.text, mutation.without, 1) + HELPERS, encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider"]
        run = subprocess.run(
            [*command, f"tests/{mutation.tests}"],
            cwd=tree,
            env={"PYTHONPATH": str(tree), "PATH": ""},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    finally:
        file.write_text(whole, encoding="utf-8")
    if run.returncode not in (0, 1):
        raise RuntimeError(f"{mutation.tests}: pytest can't run it\n{run.stdout[-2000:]}")
    return run.returncode == 1


def main() -> None:
    """Takes each handling out in turn and prints which tests noticed."""
    words = " ".join(sys.argv[1:])
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        for name in ("bot", "corpus", "retrieval", "tests"):
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, tree / name)
        for mutation in mutations():
            if words in mutation.handles:
                noticed = fails_without(mutation, tree)
                missed += not noticed
                mark = "fails without" if noticed else "PASSES WITHOUT"
                print(
                    f"{mutation.handles} | {mutation.tests.replace('::', ' ')} | {mark}", flush=True
                )
    if missed:
        sys.exit(f"{missed} not noticed")


if __name__ == "__main__":
    main()
