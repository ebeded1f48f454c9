"""Which of the posts that match saved queries are news to a chat, and which event they report."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.clock import iso_ago
from bot.storage.alerts import COPIES_WITHIN
from bot.storage.subscription_values import Alert, Audience, NewAlert, SavedQuery
from corpus.store.values import Story
from retrieval.news.same_event import KnownEvents, Marks, marks_of, singles_first
from retrieval.news.saved_queries import Match
from retrieval.text import analyzer
from retrieval.text.near_duplicates import Originals

Found = tuple[SavedQuery, Story, Match]
"""A new post that matches a saved query."""


@dataclass(frozen=True, slots=True, eq=False)
class _Fresh:
    """A new post, and the saved queries of a chat that it matches; `copy_of` is the alert, or the
    other new post, whose passage is nearly the same."""

    story: Story
    answered: list[tuple[SavedQuery, Match]]
    copy_of: "int | _Fresh | None" = None

    @property
    def audience(self) -> Audience:
        return self.answered[0][0].audience


def new_alerts(found: Iterable[Found], known: Sequence[Alert]) -> list[NewAlert]:
    """The alerts of what was found: none of a post that its chat has an alert of among `known`;
    each with the event that the post reports, and with the alert of which it is a near-duplicate.
    Copies come after the others."""
    return _with_events(_fresh(found, known), known)


class _KnownPassages:
    """Passages that a chat was, or will be, alerted to, and what each belongs to."""

    def __init__(self) -> None:
        self._originals = Originals()
        self._owners: list[int | _Fresh] = []

    def add(self, text: str, owner: int | _Fresh) -> int | _Fresh | None:
        """Keeps a passage, or gives the owner of the one that it is a near-duplicate of."""
        place = self._originals.add(analyzer.normalise(text))
        if place is not None:
            return self._owners[place]
        self._owners.append(owner)
        return None


def _fresh(found: Iterable[Found], known: Sequence[Alert]) -> list[_Fresh]:
    """What was found without posts that the chat has an alert of, near-duplicates last."""
    since = iso_ago(COPIES_WITHIN)
    passages: dict[Audience, _KnownPassages] = defaultdict(_KnownPassages)
    posts = {(alert.audience, alert.post) for alert in known}
    for alert in known:
        if alert.created >= since:
            passages[alert.audience].add(alert.passage.text, alert.copy_of or alert.id)
    fresh: dict[tuple[Audience, str], _Fresh] = {}
    for query, story, match in found:
        key = query.audience, story.post.id
        if key in fresh:
            fresh[key].answered.append((query, match))
        elif key not in posts:
            each = _Fresh(story, [(query, match)])
            original = passages[query.audience].add(match.passage.text, each)
            fresh[key] = replace(each, copy_of=original) if original else each
    return list(fresh.values())


def _with_events(fresh: Sequence[_Fresh], known: Sequence[Alert]) -> list[NewAlert]:
    """An alert each of what was found, with the event that its post reports."""
    events: dict[Audience, KnownEvents] = defaultdict(KnownEvents)
    # Those that report an event first, the others after them: one of these stands for a first
    # that is gone.
    for alert in sorted(known, key=lambda alert: alert.event is not None):
        if alert.marks:
            events[alert.audience].add(alert.event or alert.id, _marks_in(alert.marks))
    marks = {each: marks_of(each.story) for each in fresh}
    ordered = [fresh[place] for place in singles_first([*marks.values()])]
    ordered.sort(key=lambda each: each.copy_of is not None)
    places = {each: place for place, each in enumerate(ordered)}
    keys: dict[int | _Fresh, int] = {alert.id: alert.event or alert.id for alert in known}
    alerts: list[NewAlert] = []
    for each, place in places.items():
        key, is_update = -place - 1, False
        if each.copy_of is None:
            key, is_update = events[each.audience].add(key, marks[each])
        else:  # the same report; its original may be gone
            key = keys.get(each.copy_of, key)
        keys[each] = key
        alerts.append(
            NewAlert(
                [(query, match.passage) for query, match in each.answered],
                each.story.post.id,
                _row_of_marks(marks[each]),
                event=key if key > 0 else None,
                lead=None if key > 0 or key == -place - 1 else -key - 1,
                is_update=is_update,
                copy_of=each.copy_of if isinstance(each.copy_of, int) else None,
                copied=places[each.copy_of] if isinstance(each.copy_of, _Fresh) else None,
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
