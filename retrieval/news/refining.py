"""A saved query → one that would bring more, or less."""

from corpus.reading.post_types import NEWS, ON_RULES, PostType
from retrieval.news.wants import is_generic, names_rules
from retrieval.question.case_cues import has_case_cue
from retrieval.question.filters import narrowed


def wider(query: str) -> str | None:
    """A saved query that brings more: without a generic word, or else without its last word or
    filter; None if there is one only."""
    words = query.split()
    generic = [word for word in words if is_generic(word)]
    dropped = generic[0] if generic else words[-1]
    kept = [word for word in words if word != dropped]
    return " ".join(kept) or None


def narrower(query: str, unwanted: PostType | None = None) -> str | None:
    """A saved query that brings less, and no posts of the `unwanted` type: of cases only, of rules
    only, or of published rules only; None if it names a type already, or wants that one."""
    words, filters = narrowed(query)
    if filters.type is not None or not words:
        return None
    if has_case_cue(words):
        return f"{query} 类型:案例" if unwanted != "case" else None
    if names_rules(words):
        return f"{query} 类型:公告" if unwanted != "notice" else f"{query} 类型:解读"
    if unwanted in ON_RULES:
        return f"{query} 类型:案例"
    return f"{query} 类型:公告" if unwanted in NEWS else f"{query} 政策"
