"""Stories in normalised form, made once and passed on to ranking, confidence and passages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from corpus.store.values import Story
from retrieval.ranking.articles import units
from retrieval.ranking.kept import Kept
from retrieval.ranking.pieces import LONGEST_PASSAGE, Piece, pieces
from retrieval.text import analyzer

MOST_KEPT = 2_000_000
"""Characters of the stories that a `Normaliser` keeps at most: a bound on its memory, of which
they take some ten bytes each."""

_TITLE = -1  # the position of the title line


@dataclass(frozen=True)
class NormalisedStory:
    """A story's title line and, by paragraph, its sentences; all of it normalised."""

    title: str
    paragraphs: tuple[tuple[str, ...], ...]

    @cached_property
    def whole(self) -> str:
        """The title and the paragraphs, a line each."""
        return "\n".join([self.title, *("".join(sentences) for sentences in self.paragraphs)])


@dataclass
class _Forms:
    """What has been made of a story so far; `normal` is by position of a paragraph."""

    story: Story
    normal: dict[int, str] = field(default_factory=dict)

    def text(self, position: int) -> str:
        post = self.story.post
        if position == _TITLE:
            return analyzer.subject_line(post.title, self.story.places)
        return post.paragraphs[position].text

    @property
    def size(self) -> int:
        return sum(len(paragraph.text) for paragraph in self.story.post.paragraphs)

    @cached_property
    def normalised(self) -> NormalisedStory:
        title, *texts = _filled([(self, range(_TITLE, len(self.story.keys)))])[0]
        sentences = (
            tuple(text[start:end] for start, end in analyzer.sentences(text)) for text in texts
        )
        return NormalisedStory(title, tuple(sentences))

    @cached_property
    def units(self) -> Sequence[range]:
        return units(self.story)

    @cached_property
    def pieces(self) -> list[Piece]:
        return pieces([p.text for p in self.story.post.paragraphs], LONGEST_PASSAGE)


class Normaliser:
    """Normalises stories of one store, and keeps what it made of the last ones. Thread-safe.

    A story is known by its title, places and paragraph numbers. A number is given once, and not
    to another text, so that a changed story is normalised anew.
    """

    def __init__(self) -> None:
        self._kept: Kept[_Forms] = Kept(MOST_KEPT, lambda forms: forms.size)

    def texts(self, wanted: Sequence[tuple[Story, Sequence[int]]]) -> list[list[str]]:
        """Of each story the title line and then the paragraphs at some positions, normalised."""
        return _filled([(self._forms(story), [_TITLE, *positions]) for story, positions in wanted])

    def story(self, story: Story) -> NormalisedStory:
        """The whole story, normalised."""
        return self._forms(story).normalised

    def units(self, story: Story) -> Sequence[range]:
        """By position of a paragraph of a story, the positions of those that are a unit with it."""
        return self._forms(story).units

    def pieces(self, story: Story) -> list[Piece]:
        """The pieces of a story from which its passages are made."""
        return self._forms(story).pieces

    def _forms(self, story: Story) -> _Forms:
        key = story.post.title, story.places, story.keys
        forms = self._kept.get(key)
        if forms is None:
            forms = _Forms(story)
            self._kept.put(key, forms)
        return forms


def normalise(story: Story) -> NormalisedStory:
    """`story` normalised; its title with the names of the places that it is about."""
    return _Forms(story).normalised


def _filled(wanted: Sequence[tuple[_Forms, Sequence[int]]]) -> list[list[str]]:
    """The normalised texts at some positions of stories."""
    # All that is missing at once: a call for each text would cost more than its work.
    missing = [(forms, at) for forms, positions in wanted for at in positions]
    missing = [(forms, at) for forms, at in missing if at not in forms.normal]
    normals = analyzer.normalise_all(forms.text(at) for forms, at in missing)
    for (forms, at), normal in zip(missing, normals, strict=True):
        forms.normal[at] = normal
    return [[forms.normal[at] for at in positions] for forms, positions in wanted]
