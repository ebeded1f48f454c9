"""Of which company, shop or person a post tells, by names that another post may use too.

红芮信息科技有限公司 is 红芮信息, 红芮科技 or 红芮公司 to the next medium. What comes before the two
characters of its own, and what all companies of a trade are called, tells nothing.
"""

import re
from collections.abc import Iterator

from retrieval.text.entities import SURNAMES, begins_as_name

_TRADES = (
    "信息 科技 技术 网络 软件 电子 数码 智能 通信 通讯 商贸 贸易 商务 工贸 经贸 外贸 进出口"
    " 国际 建材 建筑 建设 工程 装饰 园林 实业 工业 产业 置业 房地产 地产 置地 开发 物业 物流"
    " 运输 货运 航运 船务 快递 冷链 供应链 仓储 化工 石化 石油 成品油 油品 能源 新能源 燃气"
    " 热力 电力 水电 水务 光伏 锂电 电池 矿业 煤业 煤矿 焦煤 煤炭 钢铁 钢构 金属 有色 合金"
    " 铝业 铜业 稀土 铸造 模具 机械 设备 装备 制造 加工 自动化 机器人 纺织 针织 印染 服装 服饰"
    " 制衣 鞋业 食品 餐饮 酒店 酒业 酿酒 饮料 乳业 农业 农产品 农牧 粮油 种业 林业 苗木 花卉"
    " 畜牧 养殖 饲料 水产 渔业 果蔬 医疗 医美 医药 制药 药业 生物 纳米 健康 养老 家政 美容"
    " 美发 整形 口腔 眼科 中医 外科 化妆品 日化 母婴 宠物 玩具 文化 艺术 工艺 传媒 传播 广告"
    " 设计 策划 营销 品牌 会展 影视 娱乐 直播 演艺 动漫 游戏 体育 旅游 教育 培训 咨询 财税"
    " 财务 会计 税务 企业 管理 服务 代理 记账 记帐 信用 人力资源 人才 劳务 劳动 保安 保洁 消防"
    " 检测 投资 控股 集团 资产 金融 租赁 担保 发展 汽车 汽贸 轮胎 环保 环境 环卫 再生资源 资源"
    " 物资 回收 废旧 家具 家居 家电 空调 灯饰 照明 门窗 玻璃 陶瓷 珠宝 黄金 首饰 钟表 包装"
    " 印刷 塑料 塑胶 橡胶 混凝土 石料 石材 砂石 水泥 管业 电商 电子商务 应用 材料 新材料 制品"
    " 用品 纸业 木业 茶业 茶叶 绒毛 羊绒 皮革 机电 五金 电器 电气 电缆 仪器 光电 半导体 芯片"
    " 销售 经营 零售 批发 专业 农民 种植 民族 通用 精密 特种 联合 网约车 驾驶 机动车 二手车"
)
_TRADE = "|".join(sorted(_TRADES.split(), key=len, reverse=True))
_LAST_TRADE = re.compile(rf"(?:{_TRADE})$")
_COMPANY = "有限责任公司|股份有限公司|有限公司|集团公司"
_SHOP = (
    "加[油气]+站|事务所|合作社|门诊部|医院|诊所|学校|幼儿园|商行|经营部|服务部|美容院|工作室|回收站|养殖场|超市|酒楼"
    "|饭店|药店|服装店|食品店|服饰店|辅料厂|材料厂|[酒茶石砖纸砂]厂"
)
_BODY = re.compile(rf"(?P<shop>{_SHOP})(?:{_COMPANY})?|{_COMPANY}")
_BEFORE = re.compile(r"[一-鿿]*$")
_BRANCH = re.compile(r"\([一-鿿]{2,8}\)")  # 力软信息技术(苏州)有限公司
_PLACE = re.compile(r"^.*[省市县区州盟旗镇乡村](?=.{2})")
_IS_TRADE = re.compile(rf"{_TRADE}|{_SHOP}")
_WORDS = re.compile(r"^.*(?:查处|[一两几]起|[一两几]家|[对由与和及])")
_NOBODYS = re.compile(r".*[省市县区该某]|[上前]述|涉案|空壳|虚假|高风险|民营|[一两几多数][起家户]")
_LEFT = 16  # characters in which a name begins
_OWN = 2  # characters that are a body's own; a shop has more, as 加油站 are many
_SHOPS_OWN = 4

_AFTER = "[偷逃漏涉被案虚隐骗,、(:等因犯]|少缴|为首|为实际|进行|作出|通过|依法|获刑|利用"
_NAME = rf"([一-鿿]{{2,3}}?)(?={_AFTER})"
# Who is named: for what only persons are, or after what is done to somebody.
_PERSON = re.compile(
    rf"(?:主播|网红|博主|艺人|演员|明星|代表人|控制人|负责人|经营者|业主|主犯|被告人|嫌疑人|以){_NAME}"
)
_DONE_TO = re.compile(rf"(?:对|查处|处罚|揭秘|揭开|揭露|还原){_NAME}")


def bodies_in(title: str, opening: str) -> frozenset[str]:
    """What the companies and shops may be called that a normalised title names, or else the first
    one of an opening."""
    bodies = [name for names in _bodies(title) for name in names]
    return frozenset(bodies or next(_bodies(opening), []))


def persons_in(text: str) -> frozenset[str]:
    """The persons whom a normalised text names for what they are, or for what is done to them."""
    surely = {name for name in _PERSON.findall(text) if begins_as_name(name)}
    likely = {name for name in _DONE_TO.findall(text) if name[0] in SURNAMES}
    return frozenset(name for name in surely | likely if "某" not in name)


def own_name(word: str) -> str | None:
    """The two characters that are a company's own, whatever its trade: 尔曼 in 卡尔曼企业管理.
    None if the word is no company's name."""
    name = re.sub(rf"(?:{_COMPANY}|公司)$", "", word)
    trades, name = _trades(name)
    own = name[-_OWN:]
    is_own = (trades or name != word) and len(own) == _OWN and not _LAST_TRADE.fullmatch(own)
    return own if is_own and not _NOBODYS.fullmatch(own) else None


def _trades(name: str) -> tuple[list[str], str]:
    """What a name says of the trade, at its end, and the name without it."""
    trades: list[str] = []
    while (trade := _LAST_TRADE.search(name)) and trade.start() >= _OWN:
        trades.insert(0, trade.group())
        name = name[: trade.start()]
    return trades, name


def _bodies(text: str) -> Iterator[list[str]]:
    """Of each body in a text what it may be called."""
    for found in _BODY.finditer(text):
        before = _BRANCH.sub("", text[max(0, found.start() - _LEFT) : found.start()])
        match = _BEFORE.search(before)
        name = _PLACE.sub("", match.group() if match else "")
        if names := _called(name, found["shop"]):
            yield names


def _called(name: str, shop: str | None) -> list[str]:
    """What a body may be called, by what stands before the kind of body that it is."""
    trades, name = _trades(name)
    if shop and not trades:
        name = _WORDS.sub("", name)[-_SHOPS_OWN:]
        return [] if len(name) < _OWN or _NOBODYS.fullmatch(name) else [name + shop]
    own = name[-_OWN:]
    if len(own) < _OWN or _LAST_TRADE.fullmatch(own) or _NOBODYS.fullmatch(own):
        return []
    ends = dict.fromkeys([*trades[:1], *trades[-1:], *([] if shop else ["公司", "有限公司"])])
    return [own + end for end in ends]


def is_trade(word: str) -> bool:
    """Whether a word is what companies or shops of a trade are called."""
    return _IS_TRADE.fullmatch(word) is not None
