"""A story in normalised form, made once and passed on to ranking, confidence and passages."""

from dataclasses import dataclass

from corpus.store.values import Story
from retrieval.text import analyzer


@dataclass(frozen=True, slots=True)
class NormalisedStory:
    """A story's title line and, by paragraph, its sentences; all of it normalised."""

    title: str
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def whole(self) -> str:
        """The title and the paragraphs, a line each."""
        return "\n".join([self.title, *("".join(sentences) for sentences in self.paragraphs)])


def normalise(story: Story) -> NormalisedStory:
    """`story` normalised; its title with the names of the places that it is about."""
    line = analyzer.subject_line(story.post.title, story.places)
    title, *texts = analyzer.normalise_all([line, *(p.text for p in story.post.paragraphs)])
    sentences = (
        tuple(text[start:end] for start, end in analyzer.sentences(text)) for text in texts
    )
    return NormalisedStory(title, tuple(sentences))
