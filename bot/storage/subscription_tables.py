"""The tables of saved queries, alerts and digests; `subscriptions.py` says what is in them."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

TABLES = (
    "bot_saved_queries",
    "bot_digests",
    "bot_alerts",
    "bot_dispatches",
    "bot_proposals",
    "bot_unwanted",
)

migrations = Migrations("bot-watches")


@migrations()
def w001_watches(db: Database) -> None:
    """The first of them. A `thread` of 0 is the chat itself."""
    for statement in (
        """
        CREATE TABLE bot_watches (
            id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL, thread INTEGER NOT NULL,
            private INTEGER NOT NULL, user INTEGER, query TEXT NOT NULL, created TEXT NOT NULL,
            UNIQUE (chat, thread, query)
        )
        """,
        """
        CREATE TABLE bot_digests (
            chat INTEGER NOT NULL, thread INTEGER NOT NULL, private INTEGER NOT NULL,
            user INTEGER, schedule TEXT NOT NULL, since TEXT NOT NULL, due TEXT NOT NULL,
            PRIMARY KEY (chat, thread)
        )
        """,
        """
        CREATE TABLE bot_alerts (
            id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL, thread INTEGER NOT NULL,
            private INTEGER NOT NULL, post TEXT NOT NULL, query TEXT NOT NULL,
            passage TEXT NOT NULL, created TEXT NOT NULL, dispatch INTEGER,
            UNIQUE (chat, thread, post)
        )
        """,
        "CREATE INDEX bot_alerts_waiting ON bot_alerts(id) WHERE dispatch IS NULL",
        "CREATE INDEX bot_alerts_post ON bot_alerts(post)",
        """
        CREATE TABLE bot_dispatches (
            id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL, thread INTEGER NOT NULL,
            private INTEGER NOT NULL, html TEXT, created TEXT NOT NULL, outcome TEXT
        )
        """,
        "CREATE INDEX bot_dispatches_open ON bot_dispatches(id) WHERE outcome IS NULL",
        "CREATE TABLE bot_arrivals (last INTEGER NOT NULL)",
    ):
        db.execute(statement)


@migrations()
def w002_edits(db: Database) -> None:
    """What a message is to be edited to, until that is done."""
    db.execute("ALTER TABLE bot_dispatches ADD COLUMN edit TEXT")
    db.execute("CREATE INDEX bot_dispatches_edits ON bot_dispatches(id) WHERE edit IS NOT NULL")
    db.execute("CREATE INDEX bot_alerts_dispatch ON bot_alerts(dispatch)")


@migrations()
def w003_stories(db: Database) -> None:
    """The alert that first reported a post's event (`story`, NULL: this one), the marks of the
    post as JSON, and whether it reports a new stage of it; the message that one replies to."""
    db.execute("ALTER TABLE bot_alerts ADD COLUMN story INTEGER")
    db.execute("ALTER TABLE bot_alerts ADD COLUMN marks TEXT")
    db.execute("ALTER TABLE bot_alerts ADD COLUMN is_update INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE bot_dispatches ADD COLUMN answers INTEGER")


@migrations()
def w004_proposals(db: Database) -> None:
    """Queries whose preview was shown, and that may be saved by a button."""
    db.execute(
        "CREATE TABLE bot_proposals (id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL,"
        " thread INTEGER NOT NULL, private INTEGER NOT NULL, query TEXT NOT NULL,"
        " created TEXT NOT NULL)"
    )


@migrations()
def w005_unwanted(db: Database) -> None:
    """Which alerts were not what a chat wanted, and of which type their posts are; and which saved
    query a proposal is to replace."""
    db.execute(
        "CREATE TABLE bot_unwanted (chat INTEGER NOT NULL, thread INTEGER NOT NULL,"
        " private INTEGER NOT NULL, query TEXT NOT NULL, post TEXT NOT NULL, type TEXT NOT NULL,"
        " created TEXT NOT NULL, UNIQUE (chat, thread, query, post))"
    )
    db.execute("ALTER TABLE bot_proposals ADD COLUMN replaces TEXT")


@migrations()
def w006_forms(db: Database) -> None:
    """What a message says beside its alerts, as JSON. An alert whose `dispatch` is 0 is of an event
    that its chat did not want, and no message is made of it."""
    db.execute("ALTER TABLE bot_dispatches ADD COLUMN form TEXT")
    db.execute("CREATE INDEX bot_alerts_story ON bot_alerts(story)")


@migrations()
def w007_saved_queries(db: Database) -> None:
    """`bot_watches` is called by what it keeps."""
    db.execute("ALTER TABLE bot_watches RENAME TO bot_saved_queries")


@migrations()
def w008_events(db: Database) -> None:
    """What several posts report is an event; a story is one post."""
    db.execute("ALTER TABLE bot_alerts RENAME COLUMN story TO event")
    db.execute("DROP INDEX bot_alerts_story")
    db.execute("CREATE INDEX bot_alerts_event ON bot_alerts(event)")


@migrations()
def w009_other_queries(db: Database) -> None:
    """Which other saved queries of its chat an alert answers, each with its passage, as JSON."""
    db.execute("ALTER TABLE bot_alerts ADD COLUMN others TEXT")


@migrations()
def w010_copies(db: Database) -> None:
    """Which alert one is nearly the same as. Which other queries it answers is asked when its own
    is gone: their words are kept nowhere else. Who was shown a preview, so that it can be
    forgotten."""
    db.execute("ALTER TABLE bot_alerts DROP COLUMN others")
    db.execute("ALTER TABLE bot_alerts ADD COLUMN copy_of INTEGER")
    db.execute("CREATE INDEX bot_alerts_copy ON bot_alerts(copy_of) WHERE copy_of IS NOT NULL")
    db.execute("ALTER TABLE bot_proposals ADD COLUMN user INTEGER")
