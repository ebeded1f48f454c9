"""Where a text holds phrases of a long list: the longest at each place, from the left.

A regular expression of so many alternatives tries one after the other at each character; here
a character costs a look-up for each length that a phrase beginning with it has.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator


class Phrases:
    """A list of phrases, none empty."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = frozenset(phrases)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for phrase in self._phrases:
            lengths[phrase[0]].add(len(phrase))
        self._lengths = {first: sorted(some, reverse=True) for first, some in lengths.items()}

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the phrases stand in `text`, as [start, end); none within another."""
        at = 0
        while at < len(text):
            for length in self._lengths.get(text[at], ()):
                if (piece := text[at : at + length]) in self._phrases:
                    yield at, at + len(piece)
                    at += len(piece)
                    break
            else:
                at += 1

    def everywhere(self, text: str) -> Iterator[str]:
        """The phrases that stand in `text`, those within others too."""
        for at, first in enumerate(text):
            for length in self._lengths.get(first, ()):
                piece = text[at : at + length]
                if len(piece) == length and piece in self._phrases:
                    yield piece

    def found(self, text: str) -> Iterator[str]:
        """The phrases that stand in `text`, in their order."""
        return (text[start:end] for start, end in self.spans(text))

    def without(self, text: str) -> str:
        """`text` with a space in the place of each phrase."""
        parts, at = [], 0
        for start, end in self.spans(text):
            parts.append(text[at:start])
            at = end
        return " ".join([*parts, text[at:]]) if parts else text
