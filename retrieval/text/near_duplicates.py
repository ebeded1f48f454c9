"""Which texts say the same in nearly the same words?

An agency's text is cut and its first line changed, the sentences stay. So of two texts one is a
near-duplicate of the other if nearly all of its runs of five characters stand there.
"""

_SHINGLE = 5
_COPIED = 0.85
_BITS = 1 << 13  # several times as many as the shingles of a text that is compared


def shingles(text: str) -> frozenset[str]:
    """The runs of `_SHINGLE` characters of a normalised text, by which wordings are compared."""
    bare = "".join(text.split())
    starts = range(max(1, len(bare) - _SHINGLE + 1))
    return frozenset([bare[start : start + _SHINGLE] for start in starts])


def is_near_duplicate(shown: frozenset[str], other: frozenset[str]) -> bool:
    """Whether of two wordings, as `shingles`, one tells next to nothing beyond the other."""
    return len(shown & other) >= _COPIED * min(len(shown), len(other))


class Originals:
    """Texts of which none is a near-duplicate of another.

    Each shingle sets a bit, so that each bit that a text has and another lacks is a shingle that
    they don't share: hardly any pair has to be compared in full.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[str, int, int]] = []  # text, bits, number of shingles

    def add(self, normal: str) -> int | None:
        """Keep a normalised text, or give the place of the first near-duplicate of it."""
        wording = shingles(normal)
        bits, size = _bits(wording), len(wording)
        for place, (text, others, count) in enumerate(self._kept):
            shorter = bits if size < count else others
            missing = shorter.bit_count() - (bits & others).bit_count()
            may_be = missing <= (1 - _COPIED) * min(size, count) + 1e-9
            if may_be and is_near_duplicate(shingles(text), wording):
                return place
        self._kept.append((normal, bits, size))
        return None


def _bits(wording: frozenset[str]) -> int:
    held = bytearray(_BITS // 8)
    for shingle in wording:
        place = hash(shingle) % _BITS
        held[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(held, "little")
