"""The clauses of a question that ask: the others tell where, when and for whom.

Of 我是小规模纳税人,电子税务局里怎么作废发票 the second.
"""

import re

QUESTION_WORDS = r"多[少久大长高]|几|哪|什么|啥|怎|咋|如何|为何|何时|是否|有没有|谁"
"""Words that ask, wherever they stand: a pattern. What else asks depends on who looks for it."""

_ASKING = re.compile(
    rf"{QUESTION_WORDS}|[能可]否|还是|真的?假的?|(?<![不没])([一-鿿])[不没]\1"
    r"|[吗没不么嘛呢]$|(?<![也都还啥么])没有$"
)
_HOW_TO = re.compile(
    r"(?:怎么|咋|怎样|如何)(?!样|了|回事|被|会|[处惩]?[罚判])"
    r"|哪(?:里|儿|个[^,。?!]{1,5})?[办查看交领申开]|(?:什么|啥|哪些)(?:材料|资料|手续)|流程|步骤"
)
# How it was done: 怎么藏的钱, 后来怎么处理. What is done at an office isn't: 怎么开具红字的发票.
_HOW_DONE = re.compile(
    r"(?:怎么|咋|怎样|如何|哪)(?!去?(?:办|申[请报领]|开具|计算|缴|登记|注销|领取|查询|享受|转移))"
    r"[^,。?!]{1,12}的[^,。?!]{0,4}[?。!]*$|(?:后来|最后|结果)(?:怎么|咋|怎样|如何)"
)
_CLAUSES = re.compile(r"[^,。!?;:]+")

# Who says how things are, and asks nothing: 今天又加班了, 上门回收旧手机,价格好.
_SAYS = re.compile(r"[我你您咱]|[了啦咯喽呀啊哦哈]\W*$|[^,;。!]{4,}[,;。!].*\w")
# Who wants to be told or shown something: 我想看看网红的案子.
_WISHES = re.compile(
    r"^(?:请|麻烦|你|您|我)*(?:[想要]|给我|帮我|帮忙)+(?:[你您])?(?:查|找|搜|看|讲|说|了解|知道|推荐|介绍)"
)


def asking_clauses(normal: str) -> list[str]:
    """The clauses of a normalised question that ask; the last one if none does."""
    clauses = [clause.strip() for clause in _CLAUSES.findall(normal)]
    return [clause for clause in clauses if _ASKING.search(clause)] or clauses[-1:]


def asks_nothing(normal: str) -> bool:
    """Whether a normalised message is a statement: no question, no wish to be told something, and
    no words to look for."""
    if "?" in normal or _WISHES.match(normal) or any(map(_ASKING.search, _CLAUSES.findall(normal))):
        return False
    return _SAYS.search(normal) is not None


def asks_how_to(normal: str) -> bool:
    """Whether a normalised question asks how something is done, where, or with which papers; not
    how it was done."""
    return _HOW_TO.search(normal) is not None and _HOW_DONE.search(normal) is None
