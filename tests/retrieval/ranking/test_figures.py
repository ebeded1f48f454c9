"""Which figure of a story is which, and which one a question asks for."""

import pytest

from retrieval.ranking.figures import Deed, WantedFigure, figures, wanted_figure
from retrieval.text import analyzer


def told(text: str) -> list[tuple[Deed, str]]:
    normal = analyzer.normalise(text)
    return [(deed, normal[start:end]) for deed, start, end in figures(normal)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "通过隐匿收入等方式偷逃税款31.5万元，其他少缴税款2.4万元。",
            [(Deed.EVADED, "31.5万元"), (Deed.UNDERPAID, "2.4万元")],
        ),
        (
            "税务部门对其追缴税款、加收滞纳金并处罚款，共计88.6万元。",
            [(Deed.TOTAL, "88.6万元")],
        ),
        (
            "对主动补缴的12.2万元，处0.5倍罚款计6.1万元；",
            [(Deed.REPAID, "12.2万元"), (Deed.FINE, "6.1万元")],
        ),
        (
            "骗取留抵退税7.3万元，同时少缴增值税、企业所得税等税费9.1万元。",
            [(Deed.DEFRAUDED, "7.3万元"), (Deed.UNDERPAID, "9.1万元")],
        ),
        ("未按规定代扣代缴个人所得税4.4万元。", [(Deed.NOT_WITHHELD, "4.4万元")]),
        ("被判处有期徒刑3年，并处罚金20万元。", [(Deed.FINE, "20万元")]),
        ("该店去年卖出货物50万元。", []),
        ("少缴税款。另有存货50万元。", []),
    ],
)
def test_an_amount_hangs_on_the_deed_before_it(text: str, expected: list[tuple[Deed, str]]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("question", "deed"),
    [
        ("青泉建材偷税多少", Deed.EVADED),
        ("青泉建材被罚多少", Deed.FINE),
        ("青泉建材罚了几百万", Deed.FINE),
        ("青泉建材偷税案罚了多少", Deed.FINE),
        ("青泉建材没给员工代扣个税罚了多少钱", Deed.FINE),
        ("青泉建材没代扣代缴的个税有多少", Deed.NOT_WITHHELD),
        ("青泉建材补税加罚款一共多少", Deed.TOTAL),
        ("青泉建材连补带罚多少", Deed.TOTAL),
        ("青泉建材最后一共罚了多少", Deed.TOTAL),
        ("青泉建材偷税被追了多少", Deed.REPAID),
        ("青泉建材骗了多少留抵退税", Deed.DEFRAUDED),
        ("青泉建材开了多少金额的票", Deed.ISSUED),
    ],
)
def test_a_question_asks_for_the_figure_of_its_deed(question: str, deed: Deed) -> None:
    assert wanted_figure(analyzer.normalise(question)) == WantedFigure(deed)


@pytest.mark.parametrize(
    "question", ["青泉建材被罚几倍", "骗税判多少年", "青泉建材是谁开的", "开了个摊位，卖多少不交税"]
)
def test_a_question_for_no_amount_asks_for_no_figure(question: str) -> None:
    assert wanted_figure(analyzer.normalise(question)) is None


def test_a_total_stands_for_a_fine_that_is_not_told() -> None:
    fine = WantedFigure(Deed.FINE)
    total = fine.fit("追缴税款、加收滞纳金并处罚款共计8万元")
    assert 0 == fine.fit("偷税8万元") < total < fine.fit("处罚款8万元") == 1
