"""How near is another story to the one shown, beside what is asked? By its title, day and place."""

from corpus.reading.places import place_named
from corpus.store.values import Story
from retrieval.answering.talk import Talk
from retrieval.answering.telling import day_of, is_of
from retrieval.question.conversation import Turn
from retrieval.text.analyzer import bigrams

_TITLE = 0.3
"""What it adds to a score that the title of a story is that of the one shown: another of its kind
is mostly told of in the same words."""

_SAME_DAY = 0.1
"""What it adds that a story was published together with the one shown."""

_SETTING = 0.2
"""What it adds that a story is of the time or the place that is asked for, and not only names
it."""


def nearness(talk: Talk, turn: Turn, story: Story) -> float:
    """What is added to the score of a story for being like the one shown, or of the time or the
    place that a turn puts into the last question."""
    of_day = _SAME_DAY * is_of_same_day(talk, story)
    return of_day + _SETTING * _settings_of(turn, story) + _TITLE * _likeness(talk, story)


def is_of_same_day(talk: Talk, story: Story) -> bool:
    """Whether a story was published on the day of the one shown."""
    shown = talk.story
    return shown is not None and day_of(shown) is not None and day_of(shown) == day_of(story)


def _likeness(talk: Talk, story: Story) -> float:
    """The share, by idf, of the title of the story shown that the title of another has."""
    if talk.story is None:
        return 0.0
    titles = [talk.answerer.normalised(each).title for each in (talk.story, story)]
    shown, other = (list(dict.fromkeys(bigrams(title))) for title in titles)
    idfs = dict(zip(shown, talk.answerer.index.idf(shown, "bigrams").tolist(), strict=True))
    alike = sum(idf for pair, idf in idfs.items() if pair in other)
    return float(alike / (sum(idfs.values()) or 1.0))


def _settings_of(turn: Turn, story: Story) -> int:
    """Of how many of the two a story is, and doesn't only name them: the time and the place that
    a turn asks for."""
    day = day_of(story)
    is_of_time = any(day is not None and is_of(span, day) for span in turn.times)
    is_of_place = any(place_named(forms[0]) in story.places for forms in turn.names)
    return is_of_time + is_of_place
