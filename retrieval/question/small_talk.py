"""Small talk → a short, friendly line.

Only a message that is small talk from end to end counts: “你好，留抵退税是什么”
is a question, and so is whatever is not recognised here.
"""

import re
import unicodedata
from collections.abc import Callable

REPLIES = {
    "nothing": "请写下想问的事，例如：骗取留抵退税会受什么处罚？",
    "plea": "别着急，把想查的事写成一句话，例如：骗取留抵退税会受什么处罚？",
    "greeting": "你好！我从税务新闻里找答案，请直接问，例如：骗取留抵退税会受什么处罚？",
    "farewell": "再见！想查税务新闻时再来问我。",
    "thanks": "不客气！还有想查的税务新闻，尽管问。",
    "who": "我是税务新闻问答机器人：你提问，我给出新闻里能回答的那一段原文和链接，找不到会直说。",
    "unclear": "我只摘录新闻原文，不会改写或讲解。请换个说法再问，或者问得更具体些，"
    "例如：骗取留抵退税会受什么处罚？",
    "doubt": "我只照录新闻原文，点“原文”可以核对出处；办税请以主管税务机关的答复为准。",
    "complaint": "抱歉没答好。请换个说法再问，写上名称、地方或年份，会好找得多。",
    "human": "我是自动回答的程序，没有人工客服。办税的事可以打纳税服务热线 12366。",
    "nod": "好的！还有想查的税务新闻，请接着问。",
    "laugh": "哈哈！想查税务新闻的话，请直接问我。",
    "emoji": "收到！想查税务新闻的话，请用文字问我。",
    "sum": "算术我不在行，我只会从税务新闻里找答案。",
    "chore": "这个我帮不上忙，我只会从税务新闻里找答案。",
    "language": "请用中文提问，我只读中文的税务新闻。",
    "no subject": "请说明想问的事，写上名称、税种或案件，例如：骗取留抵退税会受什么处罚？",
    "over all": "我只从单篇新闻里找答案，不会比较、排名或按金额挑选。"
    "请就某一家公司、某个人或某项政策来问。",
    "unknown link": "这个链接里的文章不在收录的新闻里。可以直接写下想问的事。",
    "gibberish": "这句话我没看懂，请用一句话写下想问的事。",
}
"""The line for each kind of small talk, and for what no story answers."""

# Phrases in normalised form: Simplified, lower case. A message of such phrases only
# is of the kind of its first.
_PHRASES = {
    "nothing": r"(?:我?有)?一?个?问题"
    r"|(?:我|想|要|能|可以|向|跟|你|您)+(?:[问查搜找]|咨询|请教|打听)(?:你|您)?(?:一?[下个点些])?(?:事情?|事儿)?"
    r"|(?:[问查搜找]|咨询|请教|打听)(?:你|您)?一?[下个点些](?:事情?|事儿)?|(?:问问|查查|搜搜|找找)",
    "plea": r"急+|在线等|挺急的?|很急|着急|十万火急|救命|求[助救]|救救我|(?:好|太)?[烦难]死?了?"
    r"|头[大疼痛]|崩溃|郁闷|无语|(?:真的?)?不会",
    "greeting": r"你们?好|您好|哈[喽啰罗]|哈?嗨|嘿|喂|hello|hi|hey"
    r"|(?:你|您)?还?在(?:吗|么|不在|不)|有人(?:吗|么|在吗)"
    r"|(?:早上|上午|中午|下午|晚上|大家|各位)好|早安?|吃[过饭]*了?[没吗么]|好久不见|测试一?下?|test|恭喜发财"
    r"|(?:新年|春节|元旦|端午|中秋|国庆|节日|假期|周末)(?:快乐|愉快)",
    "farewell": r"再见|拜拜|晚安|回头见|明天见|88|bye(?:[ -]?bye)?|goodbye|good night",
    "thanks": r"(?:非常|十分|万分|特别)?(?:谢谢|多谢|感谢|谢了?)(?:你|您)?们?的?(?:耐心)?"
    r"(?:回答|解答|回复|答复|帮助|帮忙|指点|讲解)?"
    r"|辛苦(?:你|您)?|麻烦(?:你|您)?了|thanks?(?: you)?|thx|3q",
    "who": r"你(?:到底)?是(?:谁|什么|啥|干什么的|做什么的|干嘛的|人还是机器|真人|机器人"
    r"|ai|人工智能|人|(?:官方|税务局|税局)的?人?)"
    r"|谁(?:开发|做|写|造)的?你|你的?(?:数据|资料|消息|新闻)(?:是?从?哪[里儿]?来|来源)的?"
    r"|你叫(?:什么|啥)(?:名字)?|你(?:能|会|可以)(?:做|干|帮我做)?些?(?:什么|啥|嘛)|你有(?:什么|哪些)(?:用|功能|本事)"
    r"|介绍一?下?你?自己|(?:这个?|你)?怎么用|help|帮助|菜单|使用(?:说明|方法)"
    r"|who are you|what are you|what can you do",
    "unclear": r"(?:还是|根本)?"
    r"(?:(?:看|听|读|弄|搞)(?:不太?|没有?)|(?:不太?|没有?)(?:看|听|读|弄|搞)?)(?:懂|明白)"
    r"|(?:写|说)?得?太(?:长|复杂|难懂|专业|绕)了?"
    r"|(?:能不能|可不可以|能否|可以|能)?请?(?:再)?(?:说|讲|写)?得?(?:简单|简短|简洁|通俗|直白|短|详细|具体|清楚)一?[点些]"
    r"(?:说|讲|的)?|[说讲]人话|(?:解释|总结|概括)一?下",
    "doubt": r"(?:你|您)?(?:确定|肯定)吗|真的(?:吗|么|假的)"
    r"|(?:准确?|靠谱|可靠|可信|靠得住)(?:吗|么)|我?不信|不是吧",
    "human": r"我?[要想](?:投诉|举报)"
    r"|(?:[要想]?[找转接]|有没有|有|要)?(?:(?:人工|真人)(?:客服|服务)?|客服)"
    r"|12366|(?:你们|客服|税务局|税局|税务|办税厅)的?(?:联系|客服|服务|咨询)?(?:电话|热线|微信)(?:号码)?是?(?:多少|几号)?|(?:怎么|如何)联系(?:你们|客服|税务局)",
    "nod": r"好[的吧嘞滴]?|行|可以|嗯+|哦+|噢|收到|明白|知道|懂了?|对|是的|没(?:事|问题|关系)|不用"
    r"|算了|了解|原来(?:如此|是?这样)|(?:不|(?:暂时)?没有?(?:别的|其他)?)(?:问题|要?问)?的?了(?!吗|么)|就这些(?!吗|么)"
    r"|稍等|等[一等]下?|再?(?:想想|看看)|不好意思|抱歉|对不起|[打发点]错了"
    r"|(?:挺|蛮)?有(?:用|帮助)(?!吗|么)|(?:回答|解答|解释|[答讲说])得(?:很|真|挺)?(?:好|不错|清楚|到位|及时)"
    r"|不错|厉害|聪明|真?棒|太[好棒]|牛|赞|ok(?:ay)?|yes|no|good|great|nice|cool",
    "laugh": r"哈{2,}|呵{2,}|嘻{2,}|嘿{2,}|嘎{2,}|(?:笑|乐)死(?:我)?|hh+|(?:ha)+|lol|23{2,}"
    r"|66{2,}|牛逼|(?:哇|嘤|嗷|咯|噗|嚯|耶){2,}",
    "chore": r"(?:我好?|好)?无聊|陪我(?:聊聊天?|玩)|我(?:爱|喜欢|想)你|在干[嘛啥]|几点了"
    r"|(?:能不能|能|可以)?[帮替]我(?:报个?税|申报(?:个?税)?|办税|开发?票)"
    r"|[今明后昨]天(?:天气|几号|星期几|周几)(?:怎么样|如何|好)?",
    "sum": r"(?:(?:你|您)?能不?能?|可以)?[帮替给]我计?算(?:一?[下算])?(?:我的?|要|该|得)*"
    r"(?:[交缴]多少)?(?:个?税|个人所得税|工资)?",
    "language": r"(?:你|您)?(?:能|会|可以)?[说讲用](?:英[文语]|粤语|日[文语]|韩[文语])(?:回答)?",
}
# What may stand beside them: particles, and whom one speaks to.
_BESIDE = (
    r"[啊呀哦噢呢吧吗么嘛啦了哈哇哟咯哒的呗嘞您你我们太真很好都帮]|请问|想?问一?下|大家|各位|老师|朋友们?|同学|师傅|亲们?"
    r"|额+|呃+|诶+|欸+|哎+|唉+|唔+|就是说?|[那这]个(?!呢)|小编|小助手|助手|机器人|帮忙|先生|女士|there|all|you|so|much|very"
)
_TALK = {kind: re.compile(phrases) for kind, phrases in _PHRASES.items()}
# Taken away one after the other, as far as they go: no backtracking, whatever is typed.
_TALK_OR_BESIDE = re.compile(rf"{'|'.join(_PHRASES.values())}|{_BESIDE}|\s")

_SUM = re.compile(
    r"[\d.()]+(?:(?:[-+*/×÷^]|加上?|减去?|乘以?|除以?)[\d.()]+)+(?:=|等于)?(?:几|多少|是几|是多少)?"
)
_NUMERALS = str.maketrans("零一二两三四五六七八九十", "012234567891")
_CHORE = re.compile(
    r"请?(?:你|您)?(?:能不能|可以|可不可以)?(?:帮我|给我|替我|帮忙|为我)?"
    r"(?:写一?[首篇份封个段张]|(?:讲|说)一?个(?:笑话|故事)|唱一?首|翻译一?下|画一?[张幅个]|推荐一?[部本首个家些])"
)
# Of an answer, and not with 吗: whether someone else's words are wrong is a question.
_COMPLAINT = re.compile(
    r"[这那]?个?(?:你|您)?(?:的|们)?(?:答案?|回答|说)?[得的]?(?:都|全|完全|好像|明显)?"
    r"(?:不对|不准确?|不正确|不相关|没用|有误|(?:答|说|弄|搞)?错[了的]|答非所问|胡说八道"
    r"|不是(?:[这那]个|我(?:想|要)?[要问]的)|没有?(?:回答|答)(?:到|上)?我?的?(?:问题)?)[啊呀哦呢吧了啦嘛的]*"
)
# What is said to a machine in anger, and of nothing else.
_ABUSE = re.compile(
    r"(?:什么|啥|是不是|[你您这那个在是真太好都又的])*"
    r"(?:垃圾|傻[子瓜逼叉]?|蠢货?|笨蛋?|(?:人工)?智障|弱智|废物|脑残|神经病|有病|滚|胡[说扯]|瞎[说扯]|乱[说讲答]"
    r"|骗人|坑人|玩意儿?|鬼|破(?=机器|程序|玩意|东西)|一点用都没有?|没有?(?:什么|啥)?(?:用处?|帮助))"
    r"(?:机器人?|程序|玩意儿?|东西|死)*[了吧啊呀的嘛]*"
)
_HAN = re.compile(r"[㐀-䶿一-鿿]")
_WORD = re.compile(r"[a-z]+|\d+")


def reply_to(normal: str, is_known: Callable[[str], bool]) -> str | None:
    """The line to say to a normalised message, None if it may be a question.

    `is_known` tells of a Latin word or a number whether the corpus has it.
    """
    kind = _kind_of(normal, is_known)
    return REPLIES[kind] if kind else None


def _kind_of(normal: str, is_known: Callable[[str], bool]) -> str | None:
    plain = " ".join("".join(c if c.isalnum() else " " for c in normal).split())
    if not plain:
        # Of the marks a message may be made of, emoji are the category So.
        return "emoji" if any(unicodedata.category(c) == "So" for c in normal) else "nothing"
    if _SUM.fullmatch("".join(normal.translate(_NUMERALS).split()).rstrip("?=呢呀啊")):
        return "sum"
    if not _TALK_OR_BESIDE.sub("", plain):
        first = {kind: match.start() for kind in _TALK if (match := _TALK[kind].search(plain))}
        return min(first, key=first.__getitem__) if first else "nothing"
    if _CHORE.match(plain):
        return "chore"
    joined = plain.replace(" ", "")
    if _COMPLAINT.fullmatch(joined) or _ABUSE.fullmatch(joined):
        return "complaint"
    if _HAN.search(plain):
        return "nothing" if len(set(plain)) == 1 and len(plain) > 2 else _foreign(plain)
    return _unread(plain, is_known)


def _foreign(plain: str) -> str | None:
    """Japanese has Chinese characters too, among its own."""
    others = sum(not c.isascii() and not _HAN.match(c) for c in plain)
    return "language" if others > len(plain) / 3 else None


def _unread(plain: str, is_known: Callable[[str], bool]) -> str | None:
    """Of a message without a Chinese character: “MCN” may well be a question."""
    words = _WORD.findall(plain)
    letters = [word for word in words if word.isalpha()]
    if not plain.isascii() or len(letters) > 2:
        return "language"
    return None if any(map(is_known, letters)) else "gibberish"
