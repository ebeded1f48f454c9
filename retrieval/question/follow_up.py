"""Does a question ask for nothing but the story's going on? 后来呢"""

import re

from retrieval.question.question import ParsedQuestion

_AFTERWARDS = re.compile(r"后来|然后|接着|结果|最后|最终|之后|接下来")


def asks_what_came_next(question: ParsedQuestion) -> bool:
    """Whether it asks for nothing but the story's going on."""
    bare = _AFTERWARDS.sub("", question.subject)
    return _AFTERWARDS.search(question.normal) is not None and len(bare.replace(" ", "")) <= 1
