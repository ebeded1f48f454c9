"""Does a question ask about a case, of somebody, or about a rule, for everybody?

A case has somebody in it: a person, a company, 那家, a place where something was done; or the
deed is over: 被罚, 判了. A rule asks what would happen: 偷税会坐牢吗.
"""

import re
from collections.abc import Sequence

from retrieval.text.entities import TRADES, is_entity, names_somebody

_DEED = (
    r"[偷逃漏骗抗]逃?税|偷逃|骗(?:取|享|领|补|保|留抵|出口|了|退)|虚[开增列构]|套取|隐[匿瞒]|瞒报|走私|做?假账|阴阳合同"
    r"|买单|配票|空壳|洗票|买票|卖票|行贿|受贿|收好处|没代扣|少[缴交报]|藏|倒卖|团伙|勾结|内外勾结|冒用|冒充|案"
)
_CAUGHT = (
    r"罚|判|抓|查[处获到封]|稽查|追缴|补[缴交税]|处分|移送|立案|通报|曝光|坐牢|逮|刑|败露|栽|落网"
    r"|黑名单"
)
# Over and done with, or one of its kind that both know.
_OVER = re.compile(
    r"被(?:税务|公安|法院|人|警方)?.{0,6}(?:罚|判|抓|查(?!询)|捕|处分|曝光|立案|移送|追|逮|骗|冻结|盯上|降)(?!款)"
    r"|(?:罚|判|骗|抓|逃|偷|追缴|补缴?|虚开|藏|瞒|套)了|连[补罚]带|罚补|[补罚]税?加[补罚]|怎么(?:被)?(?:发现|暴露|露馅|查出来|查到)的?"
    r"|(?<![草方提议预备档图答法文教专个立正])案(?:子|件|情|发|中|里|的|那|这|$)|主犯|同伙|涉案|作案|落网"
)
_THAT_ONE = re.compile(
    r"(?<!哪)[那这该](?:[一几]?[家位起名]|个?(?:案|公司|企业|老板|主播|网红|博主|明星|女|男|会计|局长|科长|团伙|中介|人|店|厂|医院|加油站))"
    r"|(?<![我们咱俺])有(?:一?[个家位名]|[人家])|哪[一1]?[家位起](?!.{0,3}(?:办|交|缴|申请|开))|某"
)
_BODY = re.compile(
    rf"{TRADES}|公司|集团|[厂店矿站院行社]|中心|工作室|加油站|医院|合作社|门诊|口腔|整形|事务所|团伙|主播|网红|博主|明星|老板|税务(?:人员|干部)|[科股局]长"
)
# What would be so for whoever does it.
_SUPPOSED = re.compile(
    r"会(?:不会)?(?:被|坐牢|罚|判|怎|有|进|影响)|如果|要是|假如|万一|怎么[罚判处](?!了)|最[高多低少](?:罚|判|可)|多少(?:倍|万)?(?:以上|会|才|就)"
    r"|还(?:要|会|得|用|能)[^,。?!了]{0,6}[吗么不没]|算不算|能不能|可不可以|要不要|需不需要|规定|标准|条件|可以.{0,8}[吗么不]|算.{0,4}[吗么不]$|我们?(?:公司|单位|厂|店)|咱"
)


def is_of_case(normal: str, tagged: Sequence[tuple[str, str]]) -> bool:
    """Whether a normalised question, in words with parts of speech, asks about a case."""
    is_of_deed = re.search(_DEED, normal) is not None
    is_caught = re.search(_CAUGHT, normal) is not None
    if names_somebody(tagged):
        return True
    if _OVER.search(normal) and not _SUPPOSED.search(normal):
        return True
    has_body = _BODY.search(normal) is not None
    has_name = any(is_entity(word, tag) for word, tag in tagged)
    if has_name and (has_body or is_of_deed or is_caught):
        return True
    return (is_of_deed or is_caught or has_body) and _THAT_ONE.search(normal) is not None


# Words that hold a cue and are none: 草案, 西藏, 抓好, 谈判; what was deferred is paid by rule.
_NO_CUE = re.compile(
    r"[草方提议预备档图答法文教正]案(?![件子例情])|[西收储矿贮]藏|抓(?![获捕了走])|[谈研评]判|判断|判例"
    r"|缓[缴交税].{0,12}补缴|[罚刑](?:法|则)|稽查局|处罚(?:裁量|办法|条例|规定|标准)"
)


def has_case_cue(normal: str) -> bool:
    """Whether normalised words name a deed against taxation or what comes of one."""
    words = _NO_CUE.sub("", normal)
    return re.search(_DEED, words) is not None or re.search(_CAUGHT, words) is not None


def names_body(normal: str) -> bool:
    """Whether normalised words name a kind of company, shop or person of which cases are."""
    return _BODY.search(normal) is not None
