"""What a failing disk changes is found or harmless: database, index, what the bot remembers."""

from pathlib import Path

from bot.chats import ChatStore
from tests.running_bot import several


def test_what_the_bot_remembers_is_not_shown_once_damaged(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        reply = chats.open_reply(7, 1, 7, several("q"))
        chats.begin_send(1, 0, unknown=0)
        chats.end_send(1, 0, "sent", message=5, reply=reply)
        assert chats.shown(7, 5) is not None
        chats._db.execute("UPDATE bot_replies SET answer = replace(answer, '第2句', '第8句')")
        assert (chats.reply(reply), chats.reply_to(7, 1), chats.shown(7, 5)) == (None, None, None)
        assert chats.counts() == {"replies damaged": 3}
        chats.open_reply(7, 1, 7, several("q"))
        assert chats.reply_to(7, 1) is not None


def test_a_damaged_update_is_given_up_and_the_others_are_answered(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        for number in (1, 2):
            chats.write_down(number, f'{{"text": "{number}"}}', chat=7, user=7)
        chats._db.execute("UPDATE bot_updates SET body = replace(body, '1', '3') WHERE id = 1")
        assert chats.unfinished() == ['{"text": "2"}']
        assert chats.counts() == {"updates damaged": 1}
        assert chats.unfinished() == ['{"text": "2"}']
        assert chats.counts() == {"updates damaged": 1}
