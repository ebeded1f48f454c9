"""The clauses of a question that ask: the others tell where, when and for whom.

Of 我是小规模纳税人,电子税务局里怎么作废发票 the second.
"""

import re

_ASKS = re.compile(r"多[少久大长高]|几|什么|啥|哪|怎|如何|咋|谁|[何啥]时|[吗没不么]$")
_CLAUSES = re.compile(r"[^,。!?;:]+")


def asking_clauses(normal: str) -> list[str]:
    """The clauses of a normalised question that ask; the last one if none does."""
    clauses = [clause.strip() for clause in _CLAUSES.findall(normal)]
    return [clause for clause in clauses if _ASKS.search(clause)] or clauses[-1:]
