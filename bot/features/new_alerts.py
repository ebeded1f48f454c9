"""Which of the posts that match saved queries are news to a chat, and which event they report."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.storage.alerts import COPIES_WITHIN
from bot.storage.clock import iso_ago
from bot.storage.passages import row_of
from bot.storage.subscription_values import Alert, Audience, NewAlert, SavedQuery
from corpus.store.values import Story
from retrieval.news.same_event import KnownEvents, Marks, marks_of, singles_first
from retrieval.news.saved_queries import Match
from retrieval.text import analyzer
from retrieval.text.near_duplicates import Originals

Found = tuple[SavedQuery, Story, Match]
"""A new post that matches a saved query."""


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A new post, and the saved queries of a chat that it matches."""

    story: Story
    answered: list[tuple[SavedQuery, Match]]

    @property
    def audience(self) -> Audience:
        return self.answered[0][0].audience


def new_alerts(found: Iterable[Found], known: Sequence[Alert]) -> list[NewAlert]:
    """The alerts of what was found: none of a post, or of a near-duplicate of one, that its chat
    has an alert of among `known`; each with the event that the post reports."""
    return _with_events(_without_duplicates(found, known), known)


def _without_duplicates(found: Iterable[Found], known: Sequence[Alert]) -> list[_Fresh]:
    """What was found without posts, and near-duplicates of posts, that the chat has an alert of."""
    since = iso_ago(COPIES_WITHIN)
    originals: dict[Audience, Originals] = defaultdict(Originals)
    posts = {(alert.audience, alert.post) for alert in known}
    for alert in known:
        if alert.created < since:
            continue
        originals[alert.audience].add(analyzer.normalise(alert.passage["text"]))
    fresh: dict[tuple[Audience, str], _Fresh] = {}
    for query, story, match in found:
        key = query.audience, story.post.id
        if key in fresh:
            fresh[key].answered.append((query, match))
        elif key not in posts and (
            originals[query.audience].add(analyzer.normalise(match.passage.text)) is None
        ):
            fresh[key] = _Fresh(story, [(query, match)])
    return list(fresh.values())


def _with_events(fresh: Sequence[_Fresh], known: Sequence[Alert]) -> list[NewAlert]:
    """An alert each of what was found, with the event that its post reports."""
    events: dict[Audience, KnownEvents] = defaultdict(KnownEvents)
    # Those that report an event first, the others after them: one of these stands for a first
    # that is gone.
    for alert in sorted(known, key=lambda alert: alert.event is not None):
        if alert.marks:
            events[alert.audience].add(alert.event or alert.id, _marks_in(alert.marks))
    marks = [marks_of(each.story) for each in fresh]
    alerts: list[NewAlert] = []
    for place in singles_first(marks):
        each = fresh[place]
        key, is_update = events[each.audience].add(-len(alerts) - 1, marks[place])
        is_first = key == -len(alerts) - 1
        alerts.append(
            NewAlert(
                [(query, row_of(match.passage)) for query, match in each.answered],
                each.story.post.id,
                _row_of_marks(marks[place]),
                event=key if key > 0 else None,
                lead=None if key > 0 or is_first else -key - 1,
                is_update=is_update,
            )
        )
    return alerts


def _row_of_marks(marks: Marks) -> dict[str, Any]:
    day = marks.day and marks.day.isoformat()
    return {
        "marks": sorted(marks.marks),
        "stages": sorted(marks.stages),
        "day": day,
        "opening": marks.opening,
    }


def _marks_in(row: Mapping[str, Any]) -> Marks:
    day = row["day"] and date.fromisoformat(row["day"])
    opening = row.get("opening", "")  # none in what was written down before there were openings
    return Marks(frozenset(row["marks"]), frozenset(row["stages"]), day, opening)
