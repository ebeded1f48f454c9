"""The expected answer type of a question: its trigger, and the pattern of its answers."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from retrieval.question.asked import QUESTION_WORDS
from retrieval.question.stop_phrases import without_stop_phrases
from retrieval.question.value_forms import (
    BODY,
    BODY_BEGINS,
    HOW_MANY,
    HOW_MUCH,
    MEASURE,
    MEASURES,
    MONEY,
    NUMBER,
    OF_MONEY,
    OFFICE,
    SHARE,
    SHARE_BEGINS,
)
from retrieval.question.whether import ruled_of_deed
from retrieval.text import analyzer
from retrieval.text.entities import SURNAMES


@dataclass(frozen=True, slots=True)
class AnswerType:
    """A type of answer: what in a question triggers it, and the pattern that answers fit, which
    tells whether a text holds one and not how long it is.

    `is_certain`: its form alone tells it (an amount, a date), while a means or
    a cause is said in ordinary words. `closest`: which of the answers that fit is asked for, where
    the question tells: 到哪年 asks for an end among dates.
    """

    name: str
    trigger: re.Pattern[str]
    pattern: re.Pattern[str]
    is_certain: bool = False
    closest: re.Pattern[str] | None = None


def _type(name: str, asked: str, pattern: str, *, is_certain: bool = False) -> AnswerType:
    return AnswerType(name, re.compile(asked), re.compile(pattern), is_certain)


def _begun_by(characters: str, pattern: str) -> str:
    """A pattern that finds where `pattern` does, all of whose matches begin with one of some
    characters: a scan for those is several times as fast as to try alternatives everywhere."""
    return rf"[{characters}](?<=(?={pattern}).)"


ANSWER_TYPES = (
    _type(
        "excuse",
        r"借口|(?:什么|啥)(?:理由|说法|说辞)|(?:怎么|如何|咋)(?:解释|辩解|狡辩|抵赖|推脱|说的)",
        r"为由|借口|辩称|辩解|声称|谎称|狡辩|推脱|推说|搪塞|解释[道称说]|否认|[说称道][,:]?[“\"]"
        r"|[人员主板方某他她](?:则|还|又|均|都|却|一直|始终)?称(?![为作号])",
        is_certain=True,
    ),
    _type(
        "discovery",
        r"(?:怎么|怎样|如何|咋)(?:样)?(?:会)?(?:被)?(?:人)?(?:给)?(?:发现|发觉|知道|晓得|查[到出着]|盯上|找到|暴露|露馅|败露"
        r"|注意到|识破|看出)|(?:什么|啥)线索|线索(?:是?从哪|来源|怎么)",
        r"举报|线索|分析|比对|反映|预警|移[送交]|推送|疑点|异常",
    ),
    _type(
        "why",
        r"为什么|为啥|为何|干嘛|干吗|凭啥|凭什么(?!说|证)|原因|图什么|图个?啥|什么理由"
        r"|(?:怎么|咋)(?:会|反而|还|也|又)|目的是|why",
        r"因|由于|为了|为.{1,20}[,，]|原因|导致|所以|使得|旨在|目的|理由|属于|违反|不符合"
        r"|才能|不能|不得|未",
    ),
    _type(
        "trial",
        r"(?:怎么|如何|咋)判(?![断定])|判(?:了|刑)?(?:没|吗|么)|[打告].{0,6}[赢输]了?(?:没|吗|么|还是)|[赢输]了(?:没|吗|么)|[胜败]诉",
        r"徒刑|死刑|缓刑|拘役|管制|获刑|判(?!断|定|别)|[一二终]审|审理|[起公胜败]诉|开庭|驳回",
        is_certain=True,
    ),
    _type(
        "threshold",
        r"(?:多少|几[万千百]|几10+[万亿]?)(?:钱|元|金额|数额|税)?[就会能才要可以算被]*"
        r"(?:判|坐牢|入[刑罪]|立案|犯罪|构成|追究|定罪|数额[较巨]大|不让|不准|限制)",
        rf"(?:{MONEY}|{SHARE})",
        is_certain=True,
    ),
    _type(
        "crime",
        r"(?:会|得|用)(?:不(?:会|得|用))?(?:被|要|去)?(?:坐牢|判刑|入刑|蹲监狱|进监狱)|犯法|(?:犯罪|算罪|入罪)(?:[吗么]|不)"
        r"|(?:算|是)(?:不(?:算|是))?(?:犯罪|刑事)|刑事责任(?:[吗么]|不)",
        r"刑事|犯罪|[犯构].{0,20}罪|徒刑|拘役|获刑|判刑|移送(?:公安|司法)",
        is_certain=True,
    ),
    _type(
        "verdict",
        r"判(?:了|处)?(?:几|多|什么|啥|刑)|坐[过了]?(?:几年|多久)?的?牢|服刑|入狱"
        r"|(?:什么|多重的)刑|刑期|实刑|缓刑(?=吗|没|还是)|还是缓刑",
        r"徒刑|死刑|缓刑|拘役|管制|获刑|判(?!断|定|别)[^。]{0,30}年",
        is_certain=True,
    ),
    _type(
        "handling",
        r"(?:什么|啥)处[罚分理]|(?:罚|处罚)了?(?:没罚?|不罚)|拿[^,。?]{1,8}怎么办|(?:怎么|如何|咋)处?罚|(?:怎么|如何|咋)(?:处[理分]|收拾|惩[治办])|(?:怎么样|怎样|咋样)了$"
        r"|(?:后来|最后|结果)(?:怎么样|怎样|咋样|如何)|什么下场"
        r"|受到?了?什么|给了?(?:什么|啥)处",
        r"处分|警告|撤职|移送|立案|拘留|徒刑|罚款|通报|责令|罚金|销毁|追缴|冻结|查封|限制|强制执行"
        r"|不予[^,。]{0,4}处罚|免予|批评教育|驳回",
    ),
    _type(
        "law",
        r"哪[一1]?[条款部项]|第几[条款]|什么法(?![子院官人庭])|哪个(?:法(?![子院官人庭])|办法|公告|规定|文件|条例)|依据"
        r"|按(?:哪|什么)(?:条|法|规定)|违反了?(?:什么|哪)",
        r"《[^《》]+》|第\d+条|条例|规定|公告|办法",
    ),
    _type(
        "bare tax",
        r"^(?![^税]*[退偷逃漏缴纳交报抵免减补欠骗抗收])[一-鿿]{1,5}税$",
        r"为[^,。;]{0,25}纳税(?:义务)?人(?=[,。;])",
    ),
    _type(
        "meaning",
        r"(?:什么|啥|何)(?:意思|含义|概念)|是个?(?:什么|啥)(?:东西|玩意|政策|制度)|(?:什么|啥)叫(?!名)|是指(?:什么|啥)|(?:定义|含义)[?。]*$"
        r"|什么样的[^,。?]{1,12}[算叫]",
        r"是指|指的是|所称|所谓|就是|理解为|[,。]即|为[^,。;]{0,12}(?:个人|企业|纳税人)|(?:条件|标准|定义)",
    ),
    _type(
        "difference",
        r"区别|差别|不同|不一样|[和跟与同比][^,。?]{1,20}[改变多少]了?(?:什么|啥|哪)",
        r"[而则但]|不同|相比|区别|分别|由[^,。]{1,30}[改调]|[提升降][高低至到为]",
    ),
    _type(
        "papers",
        r"(?:什么|啥|哪些|哪几[样种])(?:材料|资料|证件|证明|手续|单据|凭证|凭据)"
        r"|[带交拿备](?:上|齐|点|些)?(?:什么|啥)(?:东西|去|来|证|$|[?。])|(?:材料|资料)(?:清单)?[?。]*$",
        r"证明|材料|资料|证件|凭证|凭据|身份证|申请[书表]|复印件|执照|单据",
    ),
    _type(
        "conditions",
        r"(?:什么|啥|哪些|哪几[个种])(?:条件|要求|资格|门槛|情形|情况)|条件(?:是|有)?(?:什么|啥|哪|$|[?。])|够不够格",
        r"条件|符合|满足|情形|之一的|同时|下列|以上|不超过|不低于",
    ),
    _type(
        "venue",
        r"(?:去|到|在|往|上|找|向|从)?(?:哪[里儿个]?(?:地方|部门|机构|单位|窗口|平台|网站)?|什么(?:地方|部门)|何处|谁那[里儿]?)(?:去|来)?"
        r"(?:办|申请|申报|交(?!给)|缴|登记|举报|投诉|领|查(?![处的])|退|开票|开具|报(?![道了])|补|打印|反映|备案|说理)"
        r"|找(?:谁|哪个|什么部门)|跟谁[说反]|(?:举报|投诉|申请|办理|缴纳|申报|提交)(?:到|给)?(?:哪|谁)",
        r"[向在][^,。;]{2,40}(?:申请|申报|办理|报告|缴纳|提出|登记|检举|举报|投诉)|报告(?:主管)?税务|(?:主管|所在地)[^,。;]{0,6}(?:税务|机关)"
        r"|(?:机构|中心|平台|渠道|窗口|大厅|app|网站|热线|12366|部门)",
    ),
    _type(
        "area",
        r"(?:面积|占地)(?:一共|总共|共|是|有|达)?(?:多[大少]|几)"
        r"|[区园场厂房库岛店楼地](?:一共|总共)?有?多大",
        r"\d[万亿]?余?多?(?:平方(?:公里|千米|米)|平米|公顷|亩)",
        is_certain=True,
    ),
    _type(
        "age",
        r"多大(?:年[纪龄]|岁数?|了)|(?:今年|现在)多大(?=$|[?。])",
        r"\d周?岁|\d[年月日]出?生|出生于|(?:退休|领取[^,。;]{0,10})年龄",
        is_certain=True,
    ),
    _type(
        "price",
        rf"多少钱[1一](?:{MEASURE})|[1一每](?!个[月人])(?:{MEASURE})[一-鿿]{{0,2}}(?:要|得|收|卖|交)?(?:多少[钱元]|几[块元])",
        rf"每[^,。;\d]{{1,8}}\d[^。;]{{0,8}}元|[1一](?:{MEASURE})[^,。;\d]{{0,8}}\d[\d.]*万?元|\d万?元[/每一]|[单售定票]价",
        is_certain=True,
    ),
    _type(
        "share",
        r"[百千万]分之[几多]|几个点|几成|几倍|多少倍|比例|占比|占多[少大]|[税利]率|率(?=[是为有]?多[少高]|是?几|[?。]*$)|增长多少"
        r"|几个百分点|涨了?多少|多少个点",
        _begun_by(SHARE_BEGINS, SHARE),
        is_certain=True,
    ),
    _type(
        "date",
        rf"哪[一1几]?[年天月日]|{HOW_MANY}[月号日](?!人)|几几年|什么时[候间]|啥时[候间]?|[何几]时|时间是"
        r"|多会儿|哪个(?:月|年)|哪段时间|什么日子|起止|截止|(?:时间|日期)[?。]*$",
        # Not the number of a document: 公告2012年第39号.
        _begun_by(
            r"\d年明次当月之以",
            r"\d{3,4}年(?!第\d)|\d{4}-\d\d?-\d|\d[月日]|(?<![\d第〕\])])\d\d?号|\d世纪|年代"
            r"|[明次]年|[次当]月|[年月]底|[次当]日|之前|以前",
        ),
        is_certain=True,
    ),
    _type(
        "term",
        rf"多久|多长时间|几个?(?:工作)?[天日](?:之|以)?内|{HOW_MANY}(?:[天周年]|个月)|多少[天月]|期限|时限|年限(?!额)|天数|多少个?年"
        r"|按[年季月日次][^,。?]{0,4}还是",
        _begun_by(
            r"\d季按几数半",
            # No day of a date, and no year of one: 5月1日, 2025年.
            r"(?<!\d)\d{1,3}个?(?:(?:工作|自然)日|年(?!龄)|天|周(?!岁))|\d个月"
            r"|(?<![月\d])\d{1,3}日(?!起?(?:施行|实施))"
            r"|\d小时|\d分钟|季度|按[年季月日]|[几数半]个?[年月日天小分]",
        ),
        is_certain=True,
    ),
    _type(
        "count",
        rf"(?:多少|{HOW_MANY})[十百千万亿]*(?:个?号?人(?!民币|所得)|个(?!人|税(?![目种])|[万亿])|款(?!项)|团伙"
        rf"|大?(?!个|人|款|起[退征付算步始])(?:{MEASURE}))|(?:{MEASURE})数(?=$|[,。?是有]|分别|多少)",
        rf"{NUMBER}大?(?:{MEASURE})",
        is_certain=True,
    ),
    _type(
        "amount",
        rf"^(?=.*{OF_MONEY}).*?{HOW_MUCH}|几钱|[金总差数税款]额(?=$|[?。是有]|多)|价格|多贵"
        r"|连[补罚][带加][补罚]|几[块毛角]|(?:降|涨|提高|减|升)[到成为至]了?几|从几"
        r"|[每一1](?:升|平米?|平方米|吨|亩|公斤|斤|当量)$|(?:[上下]限|门槛|起征点|[限定]额|额度)(?=$|[?。是有]|多)|几折",
        _begun_by(f"{SHARE_BEGINS}全减", f"{MONEY}|{SHARE}|全额|减半|一半"),
        is_certain=True,
    ),
    _type(
        "number",
        HOW_MUCH,
        r"\d[万亿]?余?多?(?![\d.年月日号])",
        is_certain=True,
    ),
    _type(
        "standard",
        r"标准(?=[?。]*$|是什么|怎么)",
        rf"{MONEY}|{SHARE}|{NUMBER}[人名户]|(?:符合|满足)[^。;]{{0,30}}条件",
    ),
    _type(
        "list",
        r"哪些|哪[几两三四五六七八九十\d]|分别|各是|有什么(?!用)|[几两三四五六]种是|哪[仨俩]"
        r"|什么(?:条件|材料|商品|要求|类型)",
        r"、[^、,，。]+(?:、|和|及|以及|等)|一是|第一|\(一\)|下列|包括|分别",
    ),
    _type(
        "office",
        r"哪(?:里|儿|个|[一1]?家)?的?(?:税务?局|稽查局|法院|公安|银行|海关)",
        r"[省市区县州盟旗京津沪渝海][^,。;]{0,6}(?:税务局|稽查局|法院|公安|海关)|银行",
        is_certain=True,
    ),
    _type(
        "where",
        r"哪里|哪儿|在哪|到哪|去哪|往哪|什么地方|哪个(?:省|市|县|区|镇|村|地|国|平台|科目|账户)"
        r"|哪[省市县区镇村国]|何地|何处|地址|地点",
        r"[省市县区镇乡村路街州]|号楼?|室|境外|海外|平台|账户",
    ),
    _type(
        "occupation",
        r"是?[干做](?:什么|啥)(?:的|工作|生意)|什么(?:身份|来头|职位|头衔|行业)|职务"
        r"|主营(?:什么|啥)",
        r"主营|从事|经营范围|[原改]为|加工|教授|学者|研究员|委员|[局处科股会院]长|主任|总监|律师|法官|检察官",
        is_certain=True,
    ),
    _type(
        "person",
        rf"{OFFICE}[^,。?]{{0,3}}(?:谁|哪位|哪个(?=$|[?。人])|叫什么|叫啥|名字)|(?:谁|哪位)是[^,。?]{{0,15}}{OFFICE}"
        r"|姓什么|姓啥|姓名|真名|本名",
        r"(?:[人主东板长理计员播师友夫妻父母子女叫姓]|网红|博主)(?:是|为|系|叫|、|:|,)?"
        rf"[{''.join(sorted(SURNAMES))}][某一-鿿]|[一-鿿]某(?![种些个项类地日月年省市县区家公企])|网名|化名",
        is_certain=True,
    ),
    _type(
        "payer",
        r"谁(?:来|去|该|应该?|要|得|负责)*(?:交|缴|出(?!事)|付|掏|赔|扣(?!的)|买单|承担|负担|代[收扣缴])|纳税(?:义务)?人是谁",
        r"由[^,。;]{1,20}(?:缴|承担|支付|负担|扣)|为[^,。;]{0,25}(?:纳税|扣缴)(?:义务)?人"
        r"|(?:单位|个人|职工|企业|双方|当事人)(?:不|共同|分别|按)?[^,。;]{0,8}(?:缴纳|承担|负担|支付)"
        r"|(?:[买卖]|受让|转让|出让|委托|受托)方|对[^,。;]{1,20}征收|从[^,。;]{1,12}(?:基金|账户)[^,。;]{0,4}支付",
        is_certain=True,
    ),
    _type(
        "who",
        r"谁|哪位|哪个人|哪名|何人|什么人|(?<![加改写署挂])名字|叫什么|叫啥",
        _begun_by(
            f"教局处科股主院总负代控经会老人嫌被某网化表介认指说称{BODY_BEGINS}",
            r"教授|[局处科股]长|主任|院长|总监|负责人|代表人|控制人|经理|会计|主播|老板|股东|人员"
            rf"|嫌疑人|被告人|主犯|某|网名|化名|(?:表示|介绍|认为|指出|说|称)[,，:：]|{BODY}",
        ),
    ),
    _type(
        "body",
        r"哪(?:个|[一1]?家|所)|什么(?:公司|单位|企业|机构|部门|店)|何家",
        _begun_by(BODY_BEGINS, BODY),
    ),
    _type(
        "calculation",
        r"(?:怎么|怎样|如何|咋)(?:个?算(?!是|数|了)|计算|[扣收征](?:税|的?[?。]*$)|[交缴纳计]税)",
        r"\d%|‰|分之|[=×÷*/]|乘以|除以|公式|减除|按[日月年季次]|税率|标准|计算",
    ),
    _type(
        "procedure",
        r"(?:怎么|怎样|如何|咋)(?:去|样|能|才能)?(?:办(?:理)?|申[请报领]|领(?:取)?|查询|开(?:具|票|证|$|[?。])|退税|登记|注销|补[办交缴]|填(?:写|报)?|报(?:税|名|销|考|$)|提取|转移"
        r"|享受|认定|缴费|预约|下载|打印|备案)|流程|步骤|程序",
        r"向[^,。;]{2,40}(?:申请|申报|办理|报告|提出|登记)|登录|登陆|填[写报]|提交|提供|[凭持]|办理|申请|流程|步骤|一是|第一",
    ),
    _type(
        "how",
        r"怎么|怎样|如何|咋|(?:什么|啥)(?:手段|方式|手法|办法|方法|套路|花?招|名义|幌子|手脚|路子)"
        r"|[靠拿用凭](?:的?是?)?(?:什么|啥)|手法|手段|方式|套路|花招|法子|how",
        r"通过|利用|采取|采用|借助|使用|方式|手段|手法|方法|以.{1,20}名义"
        r"|将.{1,30}(?:转|改|变|记|挂|列|登|拆)|伪造|虚构|虚假|虚列|隐匿|篡改",
    ),
    _type(
        "whether",
        r"可不可以|需不需要|是不是|非得|真的假的|合(?:规|法|规矩)吗|[行对](?:[吗么]|不[行对])|([能算要用行该交缴收扣罚退免报办领补征抵减享])不\1"
        r"|(?:能|可以|需要|要|用|算|该|[免减][税征半交]?|[交缴收补扣退抵罚报领])[^,。?!]*(?:吗|么|不|没)[?!。]*$",
        r"可以|不得|不能|应当|应该|均应|不应|无需|需要|必须|允许|禁止|属于|视同|包括|有权|不享受|规定"
        r"|免[征纳缴交收予除于]|免税|减[征免半按]|不[予征缴再收退结]|准予|无须|只[能需]|退还",
    ),
)
"""The answer types; a question expects the first whose trigger it holds."""

_TYPES = {kind.name: kind for kind in ANSWER_TYPES}

_WHEN = r"(?:哪[一1]?[年天月日]|什么时[候间]|啥时[候间]?|[何几]时|几[月号年])"
_A_DATE = r"(?:\d{1,4}[年月日]|\d{4}-\d\d?-\d|年底|季度终了)"
_END = rf"(?:[至到]|截止) ?{_A_DATE}|\d[年月日]?底|年底|\d[年月日](?:前|止|以前|之前)"
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
            r".",
            r"为[^,。;]{0,25}(?:纳税|扣缴)(?:义务)?人|由[^,。;]{1,20}(?:缴|承担|支付|负担|代扣)|不缴",
        ),
    ),
    "share": (_RATE,),
    "standard": ((r".", rf"{MONEY}|{SHARE}"),),
    "amount": (_RATE, *_BOUNDS),
    "term": (
        (
            r"(?:天|日|月|年|久)(?:之|以)?内|最[晚迟]|期限|几[天日]前",
            r"\d个?(?:工作)?[日天月年](?:之|以)?内|(?:之|以)前|不(?:得|能)?超过|延长[至到]|为期",
        ),
        *_BOUNDS,
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
    kinds = (
        (kind, text)
        for text in (_last_asking(asked), asked)
        for kind in ANSWER_TYPES
        if kind.trigger.search(text)
    )
    kind, text = next(kinds, (None, ""))
    if kind is None:
        return None
    kind = _closest_to(kind, asked)
    if kind.name == "bare tax" and not analyzer.is_word(asked):  # of what it is taken: 稿酬个税
        return _closest_to(_TYPES["calculation"], asked)
    if kind.name == "date" and _DEADLINE.search(asked):
        return replace(kind, pattern=_BY_WHEN, closest=_WITHIN)
    if kind.name == "share" and _asks_rate_itself(asked):
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
_ASKING = re.compile(rf"{QUESTION_WORDS}|[吗么呢不没?]$|(.)不\1|可不可以|需不需要")
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
# None at all, and that of who asks what is exempt.
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
_BARE_RATE = re.compile(r"^([一-鿿]{1,6}税)的?税率(?:是|有)?(?:多少|几|哪|什么|[?]*$)")
_RATE_ITSELF = re.compile(r"税率(?:为|:|[,、])")
_TABLE = "税率表》?执行"  # what points to the table of rates


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
    return re.compile(f"(?:{NUMBER}大?|不限)(?:{measure}){others}")
