"""Does a question ask for nothing but the story's going on, or for more of it? 后来呢, 详细点"""

import re

from retrieval.question.question import ParsedQuestion

_MORE = re.compile(
    r"(?:能不能|能|可以|请|再|说|讲|要|更|多|还|想|看|给我|的){0,4}"
    r"(?:(?:详细|具体|仔细)(?:的|一?[点些下]|说说|讲讲|情况|内容)?|展开|继续|接着|往下|多[说讲]一?[点些])"
    r"(?:说说|讲讲|[说讲看]|一?[下点些]|[呢吧吗嘛呗啊]){0,3}\W*"
)
AFTERWARDS = re.compile(r"后来|然后|接着|结果|最后|最终|之后|接下来")
"""Words for what came next in a story."""


def asks_for_more(normal: str) -> bool:
    """Whether a normalised question asks for nothing but more of what was told."""
    return _MORE.fullmatch(normal) is not None


def asks_what_came_next(question: ParsedQuestion) -> bool:
    """Whether it asks for nothing but the story's going on, or for more of it."""
    if asks_for_more(question.normal):
        return True
    bare = AFTERWARDS.sub("", question.subject)
    return AFTERWARDS.search(question.normal) is not None and len(bare.replace(" ", "")) <= 1
