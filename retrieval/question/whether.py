"""A question whether something may or has to be done → how a rule says so of that deed."""

import re

_VERBS = "交缴收扣罚退免报办领补征抵减"
_MAY = re.compile(
    rf"(?:([{_VERBS}])不\1|(?:能不能|可不可以|要不要|用不用|需不需要|该不该|能|可以|需要|要|用|该)"
    r"(?:[不再去给被也还都]|自己|继续)?([一-鿿]))"
)
_TAXED = re.compile(r"(?:要|用)(?:不[要用])?[^,。?!不交缴]{0,5}[税费](?:[吗么不没]|$)")
_AT_LAST = re.compile(rf"([{_VERBS}])[^,。?!不{_VERBS}]{{0,6}}(?:吗|么|不|没)[?!。]*$")
_RULED = (
    r"可以?|准予|允许|不得|不能|不予|不再|不属于|无[需须]|不需|应当?|必须|需要?|有权|免|减[半按]"
    r"|不(?=[征缴纳交收退扣抵罚报领补])|退还"
)
# How a statute writes what people do.
_WRITTEN = {
    "交": "交缴征纳",
    "缴": "缴征纳",
    "抵": "抵扣",
    "扣": "扣抵除",
    "罚": "罚处",
    "领": "领享",
    "收": "收征缴纳",
    "补": "补缴征纳",
    "报": "报办",
    "换": "换变更改",
    "改": "改变更",
    "掏": "缴付",
    "贴": "贴纳征税",
}


def ruled_of_deed(asked: str) -> re.Pattern[str] | None:
    """What is ruled of the deed that a question asks for: of 能不能退, 可以申请退还."""
    found = (match[1] or match[2] for match in _MAY.finditer(asked))
    deeds = [deed for deed in found if deed not in "不有是用吗么的"]
    if _TAXED.search(asked):  # 要房产税吗
        deeds.append("交")
    if not deeds and (last := _AT_LAST.search(asked)):  # 车船税给退吗
        deeds.append(last[1])
    if not deeds:
        return None
    return re.compile(rf"(?:{_RULED})[^。;]{{0,60}}[{_WRITTEN.get(deeds[-1], deeds[-1])}]")
