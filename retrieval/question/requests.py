"""Does a question ask for the posts of a time? 今天有什么新闻, 2026年4月曝光的虚开案件"""

import re
from dataclasses import dataclass
from datetime import date

from retrieval.question.expected_type import answer_type_of
from retrieval.question.times import times_in, without_times


@dataclass(frozen=True, slots=True)
class Request:
    """Posts published from `since` to `until`, None for the newest there are.

    `subject` is what the question asks beside that, "" for nothing in particular. `is_list`:
    it wants the posts themselves, and not what one of them tells; `is_of_rules`: of them only
    those that state or explain a rule.
    """

    since: date | None
    until: date | None
    subject: str
    is_list: bool
    is_of_rules: bool = False


_LATELY = re.compile(r"最新|最近|近期|近日|近来|这几天|这阵子|这段时间|刚刚|新出")
_PUBLISHED = re.compile(
    r"(?:所|被|对外|集中|新)?(?:公布|曝光|通报|披露|发布|公开|刊[登发]|登出|播[出报]|报[道导]"
    r"|(?<![申上举预填汇少多漏瞒谎虚])报(?=[的了过出]))(?:[出了过]|于|在)?"
)
_NEWS = re.compile(r"新闻|消息|资讯|动态|要闻|头条|快讯|报道|大事|事情|事件")
_LISTED = re.compile(
    r"(?:都|又)?有?(?:没有)?(?:哪些|哪几[件起个条篇]|什么样?|啥|几条)|有没有|列[出举]一?下?|盘点|看看|说说|讲讲"
    r"|那[条篇则个起件]|这[条篇则个起件]|相关|关于|方面|[的了吗呢么啊呀吧?!,。\s]"
)
_BARE = re.compile(r"案件|案例|案子|税务|税收|税|财税|国内|全国")
_END = r"(?:都?有?(?:哪些|什么|啥)|有没有|[吗呢么啊呀吧没有])*\W*$"
_ENDS_IN_NEWS = re.compile(rf"(?:新闻|消息|资讯|动态|要闻|头条|快讯|大事){_END}")
_RULES = re.compile(
    r"(?:又?(?:有|出台|发布|印发|推出|出)了?(?:哪些|什么|啥|没有)?的?新?|新)"
    rf"(?:税收|税务|财税|优惠)*(?:政策|规定|法规|文件|公告|办法|变化|规|政){_END}"
)


def request_of(normal: str, today: date) -> Request | None:
    """What a normalised question asks for, None if it sets no condition on a post's date: how many
    of a kind there were in a time, a later post tells."""
    spans = [span for span in times_in(normal, today) if span.is_of_post]
    says_lately = _LATELY.search(normal) is not None
    is_of_rules = says_lately and _RULES.search(normal) is not None
    is_news = is_of_rules or _ENDS_IN_NEWS.search(normal) is not None
    is_lately = is_news and says_lately
    if not spans and not is_lately:
        return None
    plain = without_times(normal, spans)
    if is_of_rules:
        plain = _RULES.sub(" ", plain)
    plain = subject_of_news(_LATELY.sub(" ", plain) if is_lately else plain)
    kind = answer_type_of(plain)
    if kind and kind.name == "count" and not is_news:
        return None
    is_list = is_news or kind is None or kind.name == "list"
    if is_list:
        plain = _LISTED.sub(" ", _NEWS.sub(" ", plain))
        plain = plain if _BARE.sub("", plain).strip() else ""
    since, until = (spans[0].since, spans[0].until) if spans else (None, None)
    subject = " ".join(plain.split()).strip("的, ")
    return Request(since, until, subject, is_list, is_of_rules)


def subject_of_news(text: str) -> str:
    """What a text is about without that it was published: of 曝光的骗税案 骗税案."""
    return _PUBLISHED.sub(" ", text)
