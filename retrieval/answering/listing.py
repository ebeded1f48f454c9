"""A request for the posts of a time → those posts, newest first, or what one of them tells."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timezone

from corpus.reading.post_types import ON_RULES
from corpus.reading.posts import CHINA
from corpus.store.values import Filters, Story
from retrieval.answering.answer import Answer, Passage, Related, passage_of, shown_title
from retrieval.answering.answerer import Answerer
from retrieval.question.question import ParsedQuestion
from retrieval.question.reader import normal_of
from retrieval.question.requests import Request, request_of
from retrieval.ranking.confidence import coverage_and_score
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE
from retrieval.ranking.ranking import Hit
from retrieval.ranking.signals import scoring_concepts
from retrieval.text import analyzer
from retrieval.text.near_duplicates import is_near_duplicate, shingles

NOTHING_THEN = "这段时间没有这样的报道。"
NEWEST = "最近的一篇是 {0.year}年{0.month}月{0.day}日的《{1}》。"

_ABOUT, _NEAR = 0.5, 0.3
"""The coverage of its subject from which a post belongs to a list, or if none does, is near."""

_LISTED = 10
"""Posts of a list at most."""

_RELATED = 3
"""Posts at most that are named where there is no list."""


def listed(
    answerer: Answerer, question: str, *, limit: int, filters: Filters | None, now: datetime | None
) -> Answer | None:
    """The answer to a question for the posts of a time; None for any other question.

    Its passages are one a post, newest first, if it asks for the posts themselves.
    """
    now = now or datetime.now(timezone.utc)
    request = request_of(normal_of(question), now.astimezone(CHINA).date())
    if request is None:
        return None
    narrowed = _narrowed(filters or Filters(), request)
    if request.is_list:
        passages = _posts(answerer, request, narrowed, min(limit, _LISTED), now)
    else:
        answer = answerer.ask(request.subject, limit=limit, filters=narrowed, now=now)
        passages = answer.passages or _posts(answerer, request, narrowed, 1, now)
    if passages:
        return Answer(question, 1.0, passages, is_list=request.is_list)
    return _none(answerer, question, request, filters, now)


def _narrowed(filters: Filters, request: Request) -> Filters:
    """`filters` and the time of the request."""
    since = max((d for d in (filters.since, request.since) if d), default=None)
    until = min((d for d in (filters.until, request.until) if d), default=None)
    return replace(filters, since=since, until=until)


def _posts(
    answerer: Answerer, request: Request, filters: Filters, limit: int, now: datetime
) -> tuple[Passage, ...]:
    """The newest posts about the subject of a request, a passage each."""
    if not request.subject:
        return _openings(_newest(answerer, request, filters, 4 * limit), limit)
    asked = answerer.read(request.subject, now)
    hits = answerer.rank(asked, filters)
    if request.is_of_rules:
        hits = [hit for hit in hits if hit.story.type in ON_RULES]
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.story.post.id, hit)
    covered = {id_: _coverage(answerer, asked, hit.story) for id_, hit in best.items()}
    least = _ABOUT if max(covered.values(), default=0.0) >= _ABOUT else _NEAR
    about = [hit for id_, hit in best.items() if covered[id_] >= least]
    about.sort(key=lambda hit: _seconds(hit.story), reverse=True)
    return answerer.answer_of(asked, about, limit, 1.0).passages


def _newest(answerer: Answerer, request: Request, filters: Filters, limit: int) -> list[Story]:
    """The newest stories that filters admit, those about rules if these are asked for."""
    if not request.is_of_rules or filters.type:
        return list(answerer.newest(filters, limit))
    each = (answerer.newest(replace(filters, type=one), limit) for one in ON_RULES)
    return sorted((story for stories in each for story in stories), key=_seconds, reverse=True)


def _coverage(answerer: Answerer, asked: ParsedQuestion, story: Story) -> float:
    """The coverage of a subject by a story; by all of it for one that is cut in single characters,
    of which no place is scored."""
    normalised = answerer.normalised(story)
    if scoring_concepts(asked):
        return coverage_and_score(asked, normalised, answerer.index)[0]
    matcher = ConceptMatcher(asked.concepts, [concept.idf for concept in asked.concepts])
    return matcher.weight_share(matcher.matched(normalised.whole))


def _openings(stories: Iterable[Story], limit: int) -> tuple[Passage, ...]:
    """The first words of stories, near-duplicates once."""
    passages: list[Passage] = []
    seen: list[frozenset[str]] = []
    for story in stories:
        if not story.keys or len(passages) == limit:
            continue
        text = story.post.paragraphs[0].text[:LONGEST_PASSAGE]
        wording = shingles(analyzer.normalise(text))
        if any(is_near_duplicate(known, wording) for known in seen):
            continue
        seen.append(wording)
        start, end = next(iter(analyzer.sentences(text)), (0, len(text)))
        passages.append(passage_of(story, 0, text, text[start:end][:LONGEST_SENTENCE], score=0.0))
    return tuple(passages)


def _none(
    answerer: Answerer,
    question: str,
    request: Request,
    filters: Filters | None,
    now: datetime,
) -> Answer:
    """The answer that nothing was published then; it tells of the nearest post, which is the first
    of the related."""
    asked = answerer.read(request.subject, now)
    hits = answerer.rank(asked, filters) if request.subject else []
    nearest = _nearest(
        [hit.story for hit in hits] or answerer.newest(filters or Filters(), 1), request
    )
    line, related = NOTHING_THEN, answerer.related(asked, hits, _RELATED)
    if nearest and nearest.post.published:
        post = nearest.post
        told = Related(post.id, shown_title(post), post.url, post.published)
        others = (other for other in related if other.post != post.id)
        related = (told, *others)[:_RELATED]
        day = nearest.post.published.astimezone(CHINA).date()
        line += NEWEST.format(day, told.title)
    return Answer(question, 0.0, (), related, reply=line)


def _nearest(stories: Iterable[Story], request: Request) -> Story | None:
    """The story published nearest to the time of a request, the newest for one of no time."""
    wanted = request.until or date.max
    dated = [story for story in stories if story.post.published]
    return min(dated, key=lambda story: abs(_day(story) - wanted), default=None)


def _day(story: Story) -> date:
    published = story.post.published
    return published.astimezone(CHINA).date() if published else date.min


def _seconds(story: Story) -> float:
    return story.post.published.timestamp() if story.post.published else 0.0
