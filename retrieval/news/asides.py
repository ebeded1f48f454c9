"""What a post says by the way: advice at the end of a case, the laws it rests on, mere counts.

None of it is news of what it names. A case ends in what an official, or an expert, has to say to
everybody (避免影响纳税信用); a decision rests on a row of laws; a roundup counts what there was.
"""

import re
from dataclasses import replace

from corpus.reading.post_types import PostType
from retrieval.ranking.normalised_stories import NormalisedStory

# Somebody begins to speak to everybody.
_SPEAKER = (
    r"负责人|税务部门|税务机关|税务局|税务人员|专家|律师|教授|研究员|学者|院长|会长|主任|人士"
)
_SPEECH = re.compile(rf"(?:{_SPEAKER})[^,。;]{{0,12}}(?:表示|提醒|指出|强调|建议|认为|呼吁)")
# What a decision rests on, by its names.
_BASIS = re.compile(
    r"(?:根据|依据|按照|依照|违反)了?(?:《[^》]*》(?:\([^)]*\))?[、和及与]?(?:以及)?)+"
)
_COUNT = re.compile(r"(?<!\d)\d+(?:多|余)?[起件名户家][^,。;\d]{2,}")

# Four things or more in a row, or three and 等: 资源税、城市维护建设税、房产税和印花税.
_ITEM = r"[^,。;、:()\"“”《》]{1,12}(?:税|费|附加|法|条例|案件)"
_LIST = re.compile(rf"{_ITEM}(?:、{_ITEM}){{2,}}(?:等|(?:[和及与、]|以及){_ITEM})")
# Revenue is counted without what was refunded: every report of it says so.
_REMARK = re.compile(r"\([^()]{3,}\)|[已未]?扣除出口退税[前后]?")
_BOTH = re.compile(r"(?:既|又|还|也)(?:有|涉及|打击|处罚|包括)")

_LEAST_COUNTS = 3  # such a sentence is a list of what there was


def without_asides(post: NormalisedStory, type_: PostType) -> NormalisedStory:
    """The post with nothing in the place of what it says by the way."""
    is_case = type_ == "case"
    return replace(
        post, paragraphs=tuple(_telling(sentences, is_case) for sentences in post.paragraphs)
    )


def _telling(sentences: tuple[str, ...], is_case: bool) -> tuple[str, ...]:
    """The sentences of a paragraph, "" for each that tells nothing."""
    kept = []
    is_speech = False
    for sentence in sentences:
        is_speech |= is_case and _SPEECH.search(sentence) is not None
        is_list = max(len(_COUNT.findall(sentence)), len(_BOTH.findall(sentence))) >= _LEAST_COUNTS
        if is_speech or is_list:
            kept.append("")
            continue
        kept.append(_BASIS.sub("", _REMARK.sub("", _LIST.sub("", sentence))))
    return tuple(kept)
