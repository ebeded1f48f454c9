"""Which words name a person or a place, and who, or which company, is named that no dictionary has?

jieba's dictionary calls many words names that are none: 明星, 东西, 关联, 银行卡. Of most persons
and companies it says nothing, as it has no word for them.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

ALL_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾"
    "丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤"
    "尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅"
    "莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄"
    "单包司柏宁柯阮桂闵解强柴华车冉房边肖鹿"
    "闫佟敖仇寇滕鄢晏岑缪冼荀阚郁卞郜亓逄栾綦郗芮瞿佘苟扈邝匡邬谌蔺褚邰娄巩"
)
# Surnames that are words first of all, or parts of them.
_WORDS_TOO = frozenset(
    "万余左许于向任何位段章关包安查游申解费管单方时席成文路项边常强白钱金石马牛毛汤田车谷温熊柴司庄高江"
    "易甘康房武冉曾尤莫严植涂齐"
)
_NOT_GIVEN = frozenset("某总姐哥叔姨氏家姓字的了是在和与把被给让从跟及都也就还又吗呢吧他她它我你")
SURNAMES = ALL_SURNAMES - _WORDS_TOO
"""Characters that are hardly ever anything else where they stand by themselves."""

_COUNTED = re.compile(r"[\d〇一二三四五六七八九十百千万亿两几少多余每这那哪\s]$")
_DONE = re.compile(
    r" ?(?:[偷逃骗罚判因补]|漏税|欠税|虚开|隐匿|瞒|涉税|涉嫌|税务"
    r"|被(?:税务|国税|地税|稽查)?(?:局|部门|机关)?[查罚处抓])"
)
_SOMEBODY = re.compile(".人")  # 帮人, 替人, 有人
_LONGEST_AGENT = 4  # characters

TRADES = "商贸|贸易|实业|科技|物流|建材|置业|置地|化工|纺织|服饰|医药|药业|能源|供热|石化|酒业|电子"
"""Trades that hardly anything but a company's name has in it: a pattern."""
# What stands after the name of a company, up to what it did: its trade, its form.
_OF_COMPANY = re.compile(
    rf"(?:{TRADES}|餐饮|食品|建筑|工程|装饰|劳务|传媒|文化|影视|网络|信息|电器|机械|金属|矿业"
    r"|煤炭|运输|供应链|投资|咨询|地产|农业|生物|环保|塑料|服装|家具|五金|再生资源|石油|制造)+"
    rf"(?:有限|责任|股份)*(?:公司|集团|企业|厂)?(?: |{_DONE.pattern})"
)
_COUNTED_ONES = frozenset("个家间些点种类")  # 一家, 开个
LONGEST_PERSON = 3
"""Characters of a name."""

_ORDINARY = frozenset(
    # that begin as a person's name does
    "安静 安全性 安抚 安危 安然 白白 白领 白云 边远 常青 陈列 陈设 陈述 陈旧 成仁 丛林 丛生"
    " 杜绝 段子 范畴 方正 高昂 高超 高潮 高峰 高喊 高明 高薪 高悬 高雅 高招 顾忌 顾客 顾问"
    " 顾问费 关怀 洪亮 洪水 胡闹 胡说 胡同 胡涂 华贵 华丽 华裔 黄牛 解密 金黄 康复 雷达 黎明"
    " 林立 凌驾 凌厉 陆军 鲁莽 马匹 毛发 毛巾 宁静 宁可 齐备 齐全 钱财 任凭 盛怒 盛世 施舍 施政"
    " 施工图 石英 时髦 史实 孙女 孙子 苏醒 田野 田园 涂抹 王朝 王权 王子 温泉 温馨 文明 文武"
    " 文雅 武功 向东 向阳 谢谢 辛勤 徐徐 许可 许可证 许诺 严正 叶子 易经 殷勤 张口 张开 张罗"
    " 张贴 张望 张扬 张嘴 周密 周全 周详 周旋 周转 祝福 祝贺 庄园"
    # that are said to be places
    " 爱国 保鲜 并联 波及 朝廷 城市 城镇 池塘 串联 登门 登山 东西 都城 都市 端庄 恩典 法典"
    " 法治化 福利 高原 古典 故国 关联 广度 广为 贵宾 海关 海洋 海湾 海滩 海鲜 回国 惠及 吉他"
    " 加盟 加密 嘉宾 建国 开国 开朗 库藏 蓝牙 礼拜 立马 伦理 罗列 满意度 美感 美化 美丽 密封"
    " 缅怀 莫大 牡丹 平原 普及 契约 铅封 青春 入海 入口 入门 入市 日志 山区 山沟 山峰 山村 上岗"
    " 上路 上马 上门 上山 上市 上台 上楼 深藏 深度 台风 太平 太阳 天黑 外国 维度 卫国 西瓜 下海"
    " 下山 香水 新建 新旧 新区 新鲜 巴士 银联 英雄 远非 越野 云集 扎根 长度 珍藏 治安 治本 中度"
    " 中断 中风 中考 重镇 株连 珠宝店 大国 大街 大桥 归国 黑市 安顿"
    " 帮人 临街 万分之".split()
)


def is_entity(word: str, tag: str) -> bool:
    """Whether a word with jieba's part of speech names a person or a place."""
    if len(word) < 2 or word in _ORDINARY:
        return False
    return (tag.startswith("nr") and begins_as_name(word)) or tag.startswith("ns")


def begins_as_name(word: str) -> bool:
    """Whether a word has a surname first and the length of a person's name."""
    return word[0] in ALL_SURNAMES and 2 <= len(word) <= LONGEST_PERSON and word not in _ORDINARY


def begins_as_person(text: str) -> bool:
    """Whether a text begins with a surname."""
    return text[0] in ALL_SURNAMES


def persons(tagged: Sequence[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    """Of a text in words with jieba's parts of speech, where the persons begin whom no dictionary
    has, each with the surname and the next character: of 张艺兴 (0, 张艺)."""
    at = 0
    before = ""
    for (left, _), (right, tag) in pairwise(tagged):
        # 张 after a number, 这 or 那 counts sheets.
        is_surname = left in SURNAMES and not (left == "张" and _COUNTED.search(before))
        is_twice = len(right) == 2 and right[0] == right[1]  # 林珊珊
        is_given = "一" <= right[0] <= "龥" and (len(right) == 1 or is_twice)
        if is_surname and is_given and right not in _NOT_GIVEN and tag[0] not in "cpry":
            yield at, left + right[0]
        at += len(left)
        before = left


def agent(tagged: Sequence[tuple[str, str]]) -> str | None:
    """Who a text says has evaded taxes, was fined and the like, if it begins with that and no
    dictionary has the name: of 喜茶补税了吗 喜茶."""
    return _unknown_before(_DONE, tagged)


def company(tagged: Sequence[tuple[str, str]]) -> str | None:
    """The name, which no dictionary has, of the company with which a text begins, after its place
    perhaps, and without its trade: of 宁波红杉建材骗税 红杉."""
    places = takewhile(lambda one: one[1] == "ns" and len(one[0]) > 1, tagged)
    named = tagged[len(list(places)) :]
    name = _unknown_before(_OF_COMPANY, named)
    # What the dictionary has as a whole is of a kind, but for persons: 高科技公司.
    is_kind = name and (name[-1] in _COUNTED_ONES or named[0] == (name, "nz"))
    return None if is_kind else name


def names_somebody(tagged: Sequence[tuple[str, str]]) -> bool:
    """Whether a text names a person, or who no dictionary has: a person, an agent, a company."""
    if any(tag.startswith("nr") and is_entity(word, tag) for word, tag in tagged):
        return True
    return any(True for _ in persons(tagged)) or bool(agent(tagged) or company(tagged))


def _unknown_before(follows: re.Pattern[str], tagged: Sequence[tuple[str, str]]) -> str | None:
    """The name before what `follows` it, of pieces that no dictionary has as words."""
    text = "".join(word for word, _ in tagged)
    name = ""
    for word, tag in tagged:
        if follows.match(text, len(name)):
            is_name = len(name) > 1 and not _SOMEBODY.fullmatch(name)
            return name if is_name else None
        is_piece = len(word) == 1 or tag in ("m", "nr", "nrt", "nt", "nz")
        is_piece = is_piece and tag[0] not in "rcdyu" and word.isalpha()
        if not is_piece or len(name + word) > _LONGEST_AGENT or set(word) & _NOT_GIVEN:
            return None
        name += word
    return None
