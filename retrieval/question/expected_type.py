"""Which type of answer does a question expect, and which of the answers that fit?"""

import re
from dataclasses import replace
from functools import lru_cache

from retrieval.question.answer_types import ANSWER_TYPES, AnswerType
from retrieval.question.asked import QUESTION_WORDS
from retrieval.question.stop_phrases import without_stop_phrases
from retrieval.question.value_forms import MEASURES, MONEY, NUMBER, SHARE
from retrieval.question.whether import ruled_of_deed
from retrieval.text import analyzer

_TYPES = {kind.name: kind for kind in ANSWER_TYPES}

_WHEN = r"(?:哪[一1]?[年天月日]|什么时[候间]|啥时[候间]?|[何几]时|几[月号年])"
_A_DATE = r"(?:\d{1,4}[年月日]|\d{4}-\d\d?-\d|年底|季度终了)"
_END = rf"(?:[至到]|截止) ?{_A_DATE}|\d[年月日]?底|年底|\d[年月日](?:前|止|以前|之前)"
_WITHIN_DAYS = r"\d个?(?:工作)?[日天月年](?:之|以)?内,?"
# The rate of a tax, and not another share of it: 减除30%; bounds of what is asked for.
_RATE = (
    r"几个点|多少个点|税率|征收率|费率|[交缴收扣征](?:[^,。?了]{0,3}税|的?是)?多少|按(?!时|期|规定|要求)[^,。?]{0,8}多少|百分之[几多]",
    r"(?:税率|征收率|费率|预扣率|比例|税负)[^。;]{0,16}?(?:\d%|分之|‰)|\d%(?:的|税率|征收率|费率)"
    r"|(?:按|降[为至到])[^,。;%\d]{0,8}\d+(?:\.\d+)?%",
)
_BOUNDS = (
    (
        r"最[多高长久大]|上限|封顶|限额|不超过",
        r"最[多高长]|不(?:得|能)?超过|上限|限额|为限|以[内下]",
    ),
    (
        r"最[少低短]|至少|起码|[满够](?:了|足)?(?:多少|几)|下限",
        r"最[少低短]|至少|不(?:少|低)于|满\d|[以及]上|起[退征付点]",
    ),
)
_CLOSEST = {
    "date": (
        (
            rf"(?:[到至]|[截为终]止|到期|最[晚迟后])(?:时间|日期)?(?:是|到|在)?{_WHEN}"
            rf"|{_WHEN}(?:到期|[截为终]止|结束|失效|作废)|(?:截止|到期|失效)(?:时间|日期)?$",
            _END,
        ),
        (
            rf"{_WHEN}(?:起|开[始征]|施行|实施|生效|执行|启[动用]|上线|落地|推行)"
            r"|(?:施行|生效|实施|执行|开始)(?:时间|日期)",
            rf"{_A_DATE}(?:起|开[始征]|以后)|[自从于]{_A_DATE}|(?:今[天日]|本月|明[天年])起?",
        ),
    ),
    "payer": (
        (
            r"(?:自己|个人|本人|员工|职工)[^,。?!]{0,6}(?:掏|出钱|买单|承担|负担)",
            r"(?:职工|个人|本人)(?:不|无[需须]|按|应当?|共同)*[^,。;的]{0,6}(?:缴|负担|承担|支付)",
        ),
        (
            r"(?:单位|公司|老板)[^,。?!]{0,6}(?:掏|出钱|买单|承担|负担)",
            r"(?:单位|企业|雇主)(?:不|无[需须]|按|应当?|共同)*[^,。;的]{0,6}(?:缴|负担|承担|支付)",
        ),
        (
            r".",
            r"为[^,。;]{0,25}(?:纳税|扣缴)(?:义务)?人|由[^,。;]{1,20}(?:缴|承担|支付|负担|代扣)|不缴",
        ),
    ),
    "where": (
        (r"最[早先]|首[个家次先]|率先|第[一1]个", r"最[早先]|首[个家次批]|率先|先行|先[在于]"),
    ),
    "share": (_RATE,),
    "standard": ((r".", rf"{MONEY}|{SHARE}"),),
    "amount": (_RATE, *_BOUNDS),
    "term": (
        # By when somebody has to do it, and when an office has done it.
        (
            r"(?:多久|几个?(?:工作)?[天日月年]|多长时间|期限|时限)[^,。?!]{0,8}?(?:申[请报]|报告|登记|备案|起诉|复议)",
            rf"{_WITHIN_DAYS}(?:(?!作出|决定|办[结理]|审[核查])[^,。;]){{0,30}}(?:申[请报]|报告|提出|登记|备案|起诉)",
        ),
        (
            r"(?:多久|几个?(?:工作)?[天日]|多长时间)[^,。?!]{0,6}(?:批|办[好完下]|到账|结果|退[回到]|下来|审[完核]|答复)",
            rf"{_WITHIN_DAYS}[^,。;]{{0,12}}(?:作出|办[结理]|决定|退[还回]|审[核查]|支付|拨付|答复)",
        ),
        (
            r"(?:几个?(?:[天日年周]|月|季度)|多[久长]时?间?)[^,。?]{0,6}[一1][次回]|按[年季月日次][^,。?]{0,4}还是",
            r"(?:计税|纳税|申报)期[间限]|[按每]个?(?:半年|[年季月日次])[^,。;]{0,4}(?:申报|计[征算]|缴|报)",
        ),
        (
            r"(?:天|日|月|年|久)(?:之|以)?内|最[晚迟]|期限|几[天日]前",
            r"\d个?(?:工作)?[日天月年](?:之|以)?内|(?:之|以)前|不(?:得|能)?超过|延长[至到]|为期",
        ),
        *_BOUNDS,
    ),
    "venue": (
        (
            r".",
            r"(?:通过|登[录陆])[^,。;]{2,60}(?:平台|窗口|银行|app|网站|大厅|入口|系统)"
            r"|向[^,。;]{2,40}(?:申请|提出|办理|报告|登记|举报|检举|投诉)",
        ),
    ),
    "trial": ((r"[赢输告]|胜诉|败诉", r"驳回|维持|胜诉|败诉|撤销|终审"),),
    "handling": (
        (
            r"(?:后来|最后|结果|最终|法院)",
            r"冻结|查封|强制执行|限制(?:消费|出境)|判处|驳回|追缴|罚款|销毁|撤职|移送|拘留|立案审查",
        ),
        (
            r"处分|降(?:成|为|到|级)|职务|撤职",
            r"警告|记(?:大)?过|降级|降为|撤职|开除|留党察看|免职|除名|降职",
        ),
    ),
    "calculation": (
        (
            r".",
            r"\d%|‰|分之|[=×÷]|乘以|除以|公式|减除|累进|按[^,。;]{0,10}(?:计[算征缴]|征收|缴纳)",
        ),
    ),
    "how": (
        (r".", r"(?:通过|利用|采[取用]|借助|以|将)[^。;]{2,70}(?:方式|手段|手法|方法|形式|名义)"),
    ),
    "body": ((r".", r"\(?以下简称|有限(?:责任)?公司"),),
    "why": ((r".", r"因(?![素而])|由于|为了|原因|目的|旨在|从而|导致|所以|避免|以免|防止|以便"),),
}
"""By the name of a type: what in a question tells which of its answers is asked for, and the
pattern of those."""


def answer_type_of(normal: str) -> AnswerType | None:
    """The answer type that a normalised question expects, None if it does not say."""
    return answer_type_in(without_stop_phrases(normal))


def answer_type_in(stripped: str) -> AnswerType | None:
    """`answer_type_of` of a question whose stop phrases have been taken out."""
    asked = stripped.replace(" ", "")
    for text in (_last_asking(asked), asked):
        for kind in ANSWER_TYPES:
            if kind.trigger.search(text):
                return _narrowed(kind, text, asked)
    return None


def _narrowed(kind: AnswerType, text: str, asked: str) -> AnswerType:
    """The type that a `text` triggers, the last clause of the question `asked` or all of it, with
    what the question tells of its answers."""
    if kind.name == "bare tax" and not analyzer.is_word(asked):  # of what it is taken: 稿酬个税
        kind = _TYPES["calculation"]
    kind = _closest_to(kind, asked)
    if kind.name == "date" and _DEADLINE.search(asked):
        return replace(kind, pattern=_BY_WHEN, closest=_WITHIN)
    if kind.name in ("share", "amount") and _asks_rate_itself(asked):
        return replace(kind, pattern=_or(kind.pattern, _TABLE), closest=_RATE_ITSELF)
    if kind.name in ("amount", "share") and _DUE.search(text) and not _DEED.search(asked):
        return replace(kind, pattern=_or(kind.pattern, _EXEMPT if "免" in text else _NOTHING))
    return _counting(kind, text) if kind.name == "count" else kind


def _closest_to(kind: AnswerType, asked: str) -> AnswerType:
    """The type with which of its answers is asked for."""
    if kind.name == "whether":
        return replace(kind, closest=ruled_of_deed(asked))
    closest = (pattern for asks, pattern in _closest_of(kind.name) if asks.search(asked))
    return replace(kind, closest=next(closest, None))


_CLAUSE = re.compile(r"[^,。;!]+")
_ASKING = re.compile(rf"{QUESTION_WORDS}|[能可]否|[吗么呢不没?]$|(.)不\1|可不可以|需不需要")
# 税法怎么说 asks for no other answer than the clause before it.
_BY_RULE = re.compile(r"(?:咋|怎么|如何|什么|啥)(?:样)?(?:个?说|讲|规定|写|说法)的?[?]*$")


def _last_asking(asked: str) -> str:
    """The last clause of a question that asks; what stands before it says how things are."""
    clauses = [c for c in _CLAUSE.findall(asked) if _ASKING.search(c) and not _BY_RULE.search(c)]
    return clauses[-1] if clauses else asked


@lru_cache(maxsize=len(ANSWER_TYPES))
def _closest_of(name: str) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple((re.compile(a), re.compile(p)) for a, p in _CLOSEST.get(name, ()))


# How much tax is due by rule, not what somebody has evaded or paid late.
_DUE = re.compile(r"[交缴收征免减扣][^,。?!]{0,8}(?:多少|几)|[税费][^,。?!]{0,4}(?:多少|几)")
_DEED = re.compile("[补罚偷逃骗漏追欠]|收入|[交缴收征免减扣]了")
# The answer that nothing is due; "exempt" where the question asks for that.
_NOTHING = "零关税|零税率"
_EXEMPT = f"{_NOTHING}|免[征缴交收税]"


# By when something is to be done each time, and how a statute says it: 自期满之日起15日内.
_TO_DO = r"(?:[交缴]|纳税|报税|申报|汇算|清缴)"
_DEADLINE = re.compile(
    rf"{_TO_DO}[^,。?!了]{{0,3}}?(?:截止|时间|日期|期限|{_WHEN})"
    rf"|{_WHEN}(?:之?前|以前)?[要该得去来能]*{_TO_DO}(?![了清完齐])(?!.*的\W*$)|几[月号](?:之?前|截止|到期)"
)
_WITHIN = re.compile(
    r"\d个月内|\d日内|按[年季月次](?:申报|缴|计征)|[至到]\d{1,2}月\d{1,2}日"
    r"|(?<!年)\d{1,2}月\d{1,2}日(?:之?前|止|以前)"
)
# No mere date is one: 自2020年起.
_BY_WHEN = re.compile(rf"{_WITHIN.pattern}|{_END}|[次当]月|终了")

# The rate of a tax, and of no special case.
_BARE_RATE = re.compile(
    r"^([一-鿿]{1,6}税)的?(?:税[率额](?:是|有)?(?:多少|几|哪|什么|[?]*$)|[要得交缴]*多少钱?[?]*$)"
)
_RATE_ITSELF = re.compile(r"税[率额](?:为|:|[,、])")
_TABLE = "税[率额]表》?执行"  # what points to the table of rates


def _asks_rate_itself(asked: str) -> bool:
    bare = _BARE_RATE.search(asked)
    return bare is not None and analyzer.is_word(bare[1])


@lru_cache(maxsize=len(ANSWER_TYPES))
def _or(pattern: re.Pattern[str], other: str) -> re.Pattern[str]:
    """The pattern of what fits one pattern or another."""
    return re.compile(f"{pattern.pattern}|{other}")


def _counting(kind: AnswerType, asked: str) -> AnswerType:
    """The kind "count" narrowed to what is counted, where the measure word of `asked` tells."""
    found = kind.trigger.search(asked)
    measure = next((m for m in MEASURES if found and re.search(f"(?:{m})数?$", found[0])), None)
    return replace(kind, pattern=_count_of(measure)) if measure else kind


@lru_cache(maxsize=len(MEASURES))
def _count_of(measure: str) -> re.Pattern[str]:
    # 个 counts nearly everything, and its like is left out after a large number: 292万粉丝.
    others = r"|\d余?多?[万亿](?!余?多?[亿元])" if "个" in measure else ""
    # A kind of goods is an item of a list.
    measure += "|项|款" * ("种" in measure)
    return re.compile(f"(?:{NUMBER}大?|不限)(?:{measure}){others}")
