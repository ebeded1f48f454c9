"""How often something happened that an operator should know of: `bot_counts`."""

import zlib
from dataclasses import dataclass

from bot.storage.database import ChatDatabase


@dataclass
class Counts:
    """The table above; one thread does all its work."""

    _db: ChatDatabase

    def add(self, name: str, times: int = 1) -> None:
        """It happened so many times more; within a transaction."""
        if times:
            self._db.execute(
                "INSERT INTO bot_counts VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                (name, times),
            )

    def all(self) -> dict[str, int]:
        """Every count by its name."""
        rows = self._db.query("SELECT name, value FROM bot_counts ORDER BY name")
        return {row["name"]: row["value"] for row in rows}


def checksum(text: str) -> int:
    """The checksum by which damage to a text is found."""
    return zlib.crc32(str(text).encode("utf-8", "surrogatepass"))
