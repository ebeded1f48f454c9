"""What people wrap a question in: 老师好，小白求问 …, 在线等挺急的, 忘了在哪看到的.

It says nothing of what they ask about, but the words of it would be looked for, and missed.
"""

import re
from collections.abc import Container
from functools import lru_cache
from importlib.resources import files

from retrieval.question.asked import QUESTION_WORDS
from retrieval.text import analyzer
from retrieval.text.entities import is_entity
from retrieval.text.phrases import Phrases

# What alone makes a clause a stop phrase, and the filler that may stand beside it there. Both are
# taken away one after the other, as far as they go: no backtracking, whatever is typed.
_STOP_PHRASE = (
    r"不好意思|打[扰搅]|冒昧|抱歉|见谅|麻烦|拜托|劳[驾烦]|辛苦|[谢蟹]{2}|[多先万]谢|感[谢激恩]|不[胜尽]|跪[谢求]|谢"
    r"|thanks?|thx|please|请[问教]|求[助问教解指]|赐教|科普|求|咨询|打听|了解|提问|[敢想]问|问问|问"
    r"|知道|晓得|清楚|明白|记得|懂|[解回]答|回复|答案|指[点教正]|解惑|疑[问惑]|告[诉知]|核实|确认"
    r"|[说吱]一?声|[说讲问]一下|[说讲]说|讲讲|看看|看下|查查|查下|找找|帮忙?|在线[等蹲]|坐等|蹲|等|急{1,9}|救命|挺急|着急|急[需求]|尽快"
    r"|听人?说|据说|好像|貌似|似乎|印象中?|忘了?|不太?确定|[搞弄看][不没][懂清]|记不[清住]|想不起来?"
    r"|原文|链接|出处|来源|新闻|消息|报道|文章|帖子|官方|(?:看|刷|听|见)[到过见完]|[各诸]位|大[神佬咖]|小[白弟]|新[手人]"
    r"|菜鸟|萌新|老[师铁]|前辈|专家|家人们|姐妹们?|兄弟们?|哥们儿?|朋友们?|同[行仁学]|群[友主]|楼[主上]|大家|小编|机器人"
    r"|话说|对了|比心|弱弱"
)
_FILLER = (
    r"谁(?=知道|晓得|清楚|懂|记得|能|给|来|帮|有|看|见)|有谁|哪位(?=知道|晓得|清楚|懂|记得|能|给|来|帮|有|老师|大)"
    r"|(?:在|从|是)?哪[里儿]?(?=[看听刷见])|[我你您咱俺他她们]|本人|自己|人|有没有|有[些个]?|没有?|类似"
    r"|[个件点条些位枚名只篇份]|一|下|事[儿情]?|问题|情况|业务|刚入行|刚接触|入行|外行|会计|财务|网上|群|里|朋友圈|公众号|抖音"
    r"|之前|以前|刚[才刚]?|前[几些两]天|前阵子?|昨[天晚]|今天|早上|晚上|当时|[今去前]年|那年|(?:20|19)\d\d年?"
    r"|[的地了吗呢吧啊呀哈哦呗嘛嘞哒哟着过得是在就都也还又很挺太真超先再好想要能会可以给来去这那么样看听说讲到发写用回]"
    r"|来着|最好|希望|详细|另外|顺便|一直|有点|特别|非常|十分|万分|同事|客户|老板|领导|亲戚|单位|公司|材料|稿子"
)
_MARK = re.compile(_STOP_PHRASE)
_STOP_PHRASE_OR_FILLER = re.compile(rf"{_STOP_PHRASE}|{_FILLER}|\W|_")
_CLAUSES = re.compile(r"[^,。!?;:~…\n]*(?:[,。!?;:~…\n]+|$)")

# With what a clause begins that goes on to ask.
_OPENING = re.compile(
    r"^\s*(?:[我就也还先]{0,3}想要?(?:咨询|了解|请教|打听|核实|确认|[弄搞]清楚?|[弄搞]明白|查查?)一?下?"
    r"(?:[个件点]?(?:事儿?|事情|问题))?"
    r"|(?:请问|群里|这里|咱们?|大家)?有(?:没有|木有|无)?(?:谁|人|老师|大神|大佬|朋友|懂的|哪位)[能会]?"
    r"(?:知道|晓得|清楚|了解|记得|懂|说说|讲讲|告诉我)?"
    r"|[听据]人?说|我?(?:记得|印象中)(?:有[个条篇]新闻)?[说是]?|好像|貌似|谁[能会](?:告诉我|说说|讲讲)"
    r"|我?(?:有[个位])?(?:朋友|同[事学]|客户|领导|老板)[想让叫托]?我?问一?下?我?"
    r"|(?:能不能)?(?:麻烦)?帮[我忙]?[看查问](?:[看查问]|一?下))[\s:]*"
)

_ASKING = re.compile(rf"{QUESTION_WORDS}|[吗么呢?]|[不没]\W*$|.不")


def without_talk(normal: str) -> str:
    """A normalised text with a space in the place of each phrase of talk (来着, 说白了)."""
    return _talk().without(normal)


@lru_cache(maxsize=1)
def _talk() -> Phrases:
    """The phrases of `stop_phrases.txt`."""
    text = (files("retrieval.question") / "stop_phrases.txt").read_text(encoding="utf-8")
    lines = (analyzer.normalise(line.strip()) for line in text.splitlines())
    return Phrases(line for line in lines if line and line[0] != "#")


def without_stop_phrases(normal: str) -> str:
    """A normalised question without the clauses that are nothing but stop phrases, and without what
    leads up to the others; as it is if nothing else is in it."""
    clauses = _CLAUSES.findall(normal)
    asked = "".join(_OPENING.sub("", clause) for clause in clauses if not _is_stop_phrase(clause))
    return asked if any(c.isalnum() for c in asked) else normal


def _is_stop_phrase(clause: str) -> bool:
    return _MARK.search(clause) is not None and not _STOP_PHRASE_OR_FILLER.sub("", clause)


def without_asides(normal: str, things: Container[str]) -> str | None:
    """A normalised question without its clauses that neither ask nor name anything; None if it
    has none, or if the others name nothing of taxation, no person and no place.

    `things` are words that name something, as our tax dictionary's do.
    """
    clauses = [clause for clause in _CLAUSES.findall(without_stop_phrases(normal)) if clause]
    kept = [c for c in clauses if _ASKING.search(c) or _is_about(c) or _names(c, things)]
    return "".join(kept) if len(kept) < len(clauses) and any(map(_is_about, kept)) else None


def _is_about(clause: str) -> bool:
    """Whether a clause names something of taxation, a person or a place."""
    return any(
        is_entity(word, tag)
        or analyzer.is_in_tax_dictionary(word)
        or (len(word) > 1 and {"税", "票"} & set(word))
        for word, tag in analyzer.tagged(clause)
    )


def _names(clause: str, things: Container[str]) -> bool:
    """Whether a clause names one of `things`, or something that no dictionary has."""
    words = analyzer.tagged(clause)
    return any(word in things or (tag == "x" and word.isalpha()) for word, tag in words)
