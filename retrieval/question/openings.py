"""What leads up to a turn of a conversation, and is none of what it asks.

Thanks for the last answer (谢谢,那…), that another subject follows (换个话题), that the last
question meant something else (不是薇娅,我问的是…), 那 and 然后.
"""

import re
from collections.abc import Callable, Mapping

from retrieval.text import analyzer

_THANKS = re.compile(
    r"(?:好[的吧嘞哒]?|行|可以|嗯+|哦+|噢+|喔+|ok|[懂对]了|明白了?|知道了|了解了?|收到|原来(?:如此|是?这样)"
    r"|多谢|谢谢?[你您]?|感谢)[啊呀啦了哈吧]*[,。!~\s]*"
)
_SWITCH = re.compile(
    r"^(?:(?:那么?|我)?再?(?:换一?1?个?(?:话题|问题|人|家|公司|事儿?)|另外|话说|说起来|顺便(?:问一?1?下?)?"
    r"|(?:还有)?(?:另|别的)?[一1]?个?问题|还想问[一1]?下?)[吧啊呢说]?[,。:!?\s]+"
    r"|对了(?![吗么嘛吧没不?])[,。:!\s]*"
    r"|(?:另外|顺便|还|再)再?(?:我?[想要])?问(?![题责候])(?:[一1]?[下个声])?[,。:\s]*)+"
)
_NO = r"(?:不是|不对|我?(?:[搞弄看说问]|理解)?错了?)"
# And no 问题, 说明, 指定; 我要的是, but not 我要.
_SAY = r"(?:[问说指](?![题责明错定])|[要找查看](?=的就?是))"
_BUT = r"(?:就?是)(?!不是|否)"
_I_ASK = rf"我?(?:[是想要]|其实|刚才|本来)*(?:{_SAY}|意思)的?(?:{_BUT})?[,:\s]*"
_CORRECTION = re.compile(
    rf"^(?:{_NO}(?:[这那]个|[她他它])?[吧啊呀啦的]?[,。!\s]+(?:{_I_ASK}|{_BUT})?"
    rf"|不是[^,。!?呢]{{1,8}}(?:[,。!\s]+(?:{_I_ASK}|{_BUT})|(?=我){_I_ASK})"
    rf"|我(?:[是想要]|其实)*{_SAY}的?{_BUT}|我(?:其实|本来)?(?:就是|是[想要]?){_SAY})"
)
_DENIED = re.compile(r"[,\s]+(?:而|可)?不是[^,。?!]{1,8}$")
_ASKS = re.compile(r"[吗么嘛呢?谁哪几怎啥]|什么|多少|是否|[不没]$|(.)[不没]\1")
_LEAD = re.compile(
    r"^(?:那么?|然后|还有|再[往说来看]?[前后]?)[,。:\s]+"
    r"|^(?:那么|然后|还有|那(?![个家年天边位起些种条儿里行回件张时场次批]))"
)


def after_thanks(normal: str) -> str:
    """A normalised message without the thanks and the nods with which it begins, if it goes on."""
    at = 0
    while (found := _THANKS.match(normal, at)) and found.end() > at:
        at = found.end()
    ends = at > 0 and (not normal[at - 1].isalnum() or normal.startswith("那", at))
    return normal[at:] if ends and any(map(str.isalnum, normal[at:])) else normal


def corrected(normal: str) -> str | None:
    """What a normalised turn that corrects the last question asks instead: 郑爽呢 of 不是薇娅,
    我问的是郑爽; None if it corrects nothing."""
    rest = _CORRECTION.sub("", normal)
    if rest == normal or not any(character.isalnum() for character in rest):
        return None
    return asking(_DENIED.sub("", rest))


def switches(normal: str) -> bool:
    """Whether a normalised turn says that another subject follows."""
    return _SWITCH.match(normal) is not None


def asking(text: str) -> str:
    """A turn with a 呢 where it asks nothing by itself: 捐给学校的."""
    return text if _ASKS.search(text) else f"{text}呢"


def without_opening(normal: str, others: Callable[[str], Mapping[str, tuple[str, ...]]]) -> str:
    """A turn without what leads up to it: the 那 of 那个体户呢 too, before a word of its own.
    `others` gives the synonyms in a text."""
    text = _SWITCH.sub("", normal)
    left = _LEAD.sub("", text)
    if left != text or not text.startswith("那"):
        return left or normal
    _, *rest = analyzer.tagged(text)
    word, tag = rest[0] if rest and text.startswith("那" + rest[0][0]) else ("", "")
    # Not the 里面 of 那里面, and not 那时候.
    is_word = len(word) > 1 and tag[0] != "f" and word != "时候"
    return text[1:] if is_word or any(text.startswith(n, 1) for n in others(text)) else text
