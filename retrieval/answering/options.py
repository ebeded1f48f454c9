"""Which parts of the answering are on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from retrieval.ranking.ranking import WEIGHTS

PARTS = (*WEIGHTS, "synonyms", "typos")
"""What can be switched off, one at a time, to see what it does for the answers."""


@dataclass(frozen=True, slots=True)
class Options:
    """Which parts of the answering are on, and what each feature of the ranking counts."""

    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    synonyms: bool = True
    typos: bool = True
    corrections: bool = True


ALL_ON = Options()
