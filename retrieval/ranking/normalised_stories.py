"""Stories in normalised form, made once and passed on to ranking, confidence and passages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from corpus.store.values import Story
from retrieval.ranking.articles import units
from retrieval.ranking.kept import Kept
from retrieval.ranking.pieces import LONGEST_PASSAGE, Piece, pieces
from retrieval.ranking.validity import Validity
from retrieval.text import analyzer

MOST_KEPT = 2_000_000
"""Characters of the stories that a `Normaliser` keeps at most: a bound on its memory, of which
they take some ten bytes each."""

TITLE_LINE = -1
"""The position of the title line."""


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
class StoryForms:
    """What has been made of a story so far; `normal` is by position of a paragraph.

    `whole` are the texts by which all paragraphs are read, and by paragraph the place of its own;
    `held` is by a pattern which texts hold it.
    """

    story: Story
    normal: dict[int, str] = field(default_factory=dict)
    whole: tuple[Sequence[str], Sequence[int]] | None = None
    held: dict[str, dict[str, bool]] = field(default_factory=dict)

    def text(self, position: int) -> str:
        """The text at a position as it is written; at `TITLE_LINE` the title line."""
        post = self.story.post
        if position == TITLE_LINE:
            return analyzer.subject_line(post.title, self.story.places)
        return post.paragraphs[position].text

    @property
    def size(self) -> int:
        """The characters of the story."""
        return sum(len(paragraph.text) for paragraph in self.story.post.paragraphs)

    @cached_property
    def title(self) -> str:
        """The title line, normalised."""
        return texts_of([(self, ())])[0][0]

    @cached_property
    def normalised(self) -> NormalisedStory:
        """The whole story, normalised."""
        ((title, *texts),) = texts_of([(self, range(len(self.story.keys)))])
        sentences = (
            tuple(text[start:end] for start, end in analyzer.sentences(text)) for text in texts
        )
        return NormalisedStory(title, tuple(sentences))

    @cached_property
    def units(self) -> Sequence[range]:
        """By position of a paragraph, the positions of those that are a unit with it."""
        return units(self.story)

    @cached_property
    def validity(self) -> Validity:
        """Until when the rules hold that the story tells."""
        return Validity(self.story.post, self.story.type)

    @cached_property
    def pieces(self) -> list[Piece]:
        """The pieces from which passages are made."""
        texts = [paragraph.text for paragraph in self.story.post.paragraphs]
        ((_, *normals),) = texts_of([(self, range(len(texts)))])
        return pieces(texts, LONGEST_PASSAGE, normals)


class Normaliser:
    """Normalises stories of one store, and keeps what it made of the last ones. Thread-safe.

    A story is known by its title, date, type, places and paragraph numbers. A number is given once,
    and not to another text, so that a changed story is normalised anew.
    """

    def __init__(self) -> None:
        self._kept: Kept[StoryForms] = Kept(MOST_KEPT, lambda forms: forms.size)

    def forms(self, story: Story) -> StoryForms:
        """What has been made of a story, and will be."""
        key = story.post.title, story.post.published, story.type, story.places, story.keys
        forms = self._kept.get(key)
        if forms is None:
            forms = StoryForms(story)
            self._kept.put(key, forms)
        return forms


def normalise(story: Story) -> NormalisedStory:
    """`story` normalised; its title with the names of the places that it is about."""
    return StoryForms(story).normalised


def texts_of(wanted: Sequence[tuple[StoryForms, Sequence[int]]]) -> list[list[str]]:
    """Of each story the title line and then the paragraphs at some positions, normalised."""
    # All that is missing at once: a call for each text would cost more than its work.
    missing = [
        (forms, at)
        for forms, positions in wanted
        for at in (TITLE_LINE, *positions)
        if at not in forms.normal
    ]
    normals = analyzer.normalise_all(forms.text(at) for forms, at in missing)
    for (forms, at), normal in zip(missing, normals, strict=True):
        forms.normal[at] = normal
    return [[forms.normal[at] for at in (TITLE_LINE, *positions)] for forms, positions in wanted]
