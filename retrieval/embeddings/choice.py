"""Which embedder does an operator want? Nothing of one is imported by this."""

from dataclasses import dataclass

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class EmbedderChoice:
    """An embedder by its settings: `where` is `LOCAL` or the address of an endpoint.

    The rest is of an endpoint only: the model it is asked for, and what is put before a
    question and before a passage.
    """

    where: str
    model: str = ""
    query_prefix: str = ""
    passage_prefix: str = ""
