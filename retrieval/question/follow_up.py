"""Does a question lean on the story just shown? 那罚了多少？ 后来呢 是哪一年的事"""

import math
import re

from retrieval.question.question import ParsedQuestion

_LONGEST = 8
"""Characters of the subject of the longest question that leans on the last one."""

_COMMON = 0.1
"""A word that more of the paragraphs hold (罚款, 税款) names no subject."""

_AFTERWARDS = re.compile(r"后来|然后|接着|结果|最后|最终|之后|接下来")
_POINTING = re.compile(
    r"^(?:那么?|然后|后来|接着|还有|再|它|他|她|这|该|其)|呢[?？。]*$|的事|这事|这个案|该案"
)


def leans(question: ParsedQuestion, paragraphs: int) -> bool:
    """Whether `question` names no subject of its own, in a corpus of that many paragraphs."""
    subject = question.subject.replace(" ", "")
    if len(subject) > _LONGEST:
        return False
    named = [
        concept
        for concept in question.concepts
        if concept.part >= 0.5
        and len(concept.forms[0]) > 1
        and concept.idf > _idf_of_common(paragraphs)
        and not _AFTERWARDS.search(concept.forms[0])
    ]
    if _POINTING.search(question.normal):
        # It points back: one ordinary word beside that is what is asked of the story.
        return len(named) <= 2
    return not named


def asks_what_came_next(question: ParsedQuestion) -> bool:
    """Whether it asks for nothing but the story's going on."""
    bare = _AFTERWARDS.sub("", question.subject)
    return _AFTERWARDS.search(question.normal) is not None and len(bare.replace(" ", "")) <= 1


def _idf_of_common(paragraphs: int) -> float:
    """Lucene's idf of a term that the share `_COMMON` of the paragraphs hold."""
    held = _COMMON * paragraphs
    return math.log(1 + (paragraphs - held + 0.5) / (held + 0.5))
