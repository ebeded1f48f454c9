"""Saved queries with judged posts → precision and recall of alerts."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.quality.files import BadTestCollection, rows


@dataclass(frozen=True, slots=True)
class JudgedQueries:
    """Saved queries by number, the ids of posts, and the pairs (query, id) of which one answers.

    `posts` are the posts themselves, unless they are to be found in a database. `unjudged` are
    pairs of which nobody has said whether one answers.
    """

    queries: dict[int, str]
    ids: tuple[str, ...]
    posts: tuple[Post, ...]
    answers: frozenset[tuple[int, str]]
    unjudged: frozenset[tuple[int, str]] = frozenset()


def read(path: Path) -> JudgedQueries:
    """The saved queries (watch, query) and posts (post, title, text, answers) of a JSON Lines
    file, in which each query that a post answers is named. Posts may all be without title and
    text: named by the id that they have in a database. Where a post has `judged`, only the queries
    that it names were judged.

    Raises `BadTestCollection`.
    """
    queries: dict[int, str] = {}
    ids: list[str] = []
    posts: list[Post] = []
    answers: set[tuple[int, str]] = set()
    judged: dict[str, set[int]] = {}
    for number, row in rows(path):
        try:
            if "watch" in row:
                queries[int(row["watch"])] = row["query"]
                continue
            ids.append(row["post"])
            if "text" in row:
                paragraphs = tuple(Paragraph(None, text) for text in row["text"].split("\n"))
                title = row["title"]
                posts.append(Post(row["post"], title, None, None, (), None, None, paragraphs))
            answers |= {(int(query), row["post"]) for query in row["answers"]}
            if "judged" in row:
                judged[row["post"]] = {int(query) for query in row["judged"]}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadTestCollection(f"{path}:{number}: no query or post ({error!r})") from None
    if not queries or not ids or not answers:
        raise BadTestCollection(f"{path}: neither queries without posts nor posts without queries")
    if posts and len(posts) < len(ids):
        raise BadTestCollection(f"{path}: give all posts their text, or none")
    unjudged = {(query, id_) for id_, known in judged.items() for query in queries.keys() - known}
    return JudgedQueries(
        queries, tuple(ids), tuple(posts), frozenset(answers), frozenset(unjudged - answers)
    )


def matching_figures(judged: JudgedQueries, found: set[tuple[int, str]]) -> dict[str, float]:
    """Precision and recall, in 0–1, of the pairs (query, post id) that were `found`; those that
    are unjudged are counted, and left out."""
    right = len(found & judged.answers)
    known = len(found - judged.unjudged)
    return {
        "precision": right / known if known else 1.0,
        "recall": right / len(judged.answers),
        "found": known,
        "unjudged": len(found & judged.unjudged),
        "watches": len(judged.queries),
        "posts": len(judged.ids),
    }


def fill_posts(store: Store, posts: Iterable[Post]) -> None:
    """Writes posts into an empty store."""
    with store.transaction():
        store.write([Reading(post.id, post.id, post) for post in posts])
