"""Which paragraphs of which stories may be hits, and by which texts they are read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.store.values import Story
from retrieval.ranking.normalised_stories import Normaliser, StoryForms, texts_of

WHOLE_STORIES = 8
"""Of how many of the best posts every paragraph is read; of the others those that were found, each
with its unit."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story, what has been made of it, and the positions of its paragraphs that may be hits, one
    at least.

    It is read by `texts`: its normalised title and these paragraphs, then those of its articles
    of several paragraphs. `read_as` has by paragraph the place of the text that stands for it.
    """

    story: Story
    forms: StoryForms
    positions: Sequence[int]
    texts: Sequence[str]
    read_as: Sequence[int]

    def holds(self, pattern: re.Pattern[str]) -> list[bool]:
        """By paragraph whether a pattern is found in the text that stands for it."""
        known = self.forms.held.setdefault(pattern.pattern, {})
        texts = list(map(self.texts.__getitem__, self.read_as))
        for text in texts:
            if text not in known:
                known[text] = pattern.search(text) is not None
        return list(map(known.__getitem__, texts))

    @property
    def own_texts(self) -> Sequence[str]:
        """The title and the paragraphs, each once."""
        return self.texts[: 1 + len(self.positions)]


def candidates(
    stories: Iterable[Story], found: Sequence[int], normaliser: Normaliser
) -> list[Candidate]:
    """The stories with the nearest of the paragraphs `found` (numbers, best first), the nearest
    first: of `WHOLE_STORIES` all paragraphs, of the others those found."""
    ranks = {key: at for at, key in enumerate(found)}
    nearest = sorted(
        stories,
        key=lambda s: min(map(ranks.__getitem__, ranks.keys() & s.keys), default=len(found)),
    )
    forms = [normaliser.forms(story) for story in nearest]
    wanted = [
        range(len(story.keys))
        if number < WHOLE_STORIES
        else _whole(own.units, [at for at, key in enumerate(story.keys) if key in ranks])
        for number, (story, own) in enumerate(zip(nearest, forms, strict=True))
    ]
    texts = texts_of(list(zip(forms, wanted, strict=True)))
    return [
        _candidate(story, own, positions, its_texts)
        for story, own, positions, its_texts in zip(nearest, forms, wanted, texts, strict=True)
        if positions  # none where what was found is muted
    ]


def _candidate(
    story: Story, forms: StoryForms, positions: Sequence[int], texts: Sequence[str]
) -> Candidate:
    """The candidate of some positions, whole units, read by the title and their `texts`."""
    if len(positions) < len(story.keys):
        return Candidate(story, forms, positions, *_read(forms, positions, texts))
    if forms.whole is None:
        forms.whole = _read(forms, positions, texts)
    return Candidate(story, forms, positions, *forms.whole)


def _whole(own: Sequence[range], positions: Iterable[int]) -> list[int]:
    """The positions of the paragraphs of the units that `positions` are of, in order; `own` is by
    position of a paragraph its unit."""
    return sorted({at for position in positions for at in own[position]})


def _read(
    forms: StoryForms, positions: Sequence[int], texts: Sequence[str]
) -> tuple[Sequence[str], Sequence[int]]:
    """`texts` and `read_as` of the candidate of some positions, whole units."""
    wider = list(texts)
    read_as: list[int] = []
    for number, position in enumerate(positions, 1):
        unit = forms.units[position]
        if len(unit) == 1:
            read_as.append(number)
        elif position == unit.start:
            read_as += [len(wider)] * len(unit)
            wider.append("\n".join(texts[number : number + len(unit)]))
    return wider, read_as
