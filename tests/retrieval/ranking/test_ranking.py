"""Candidates → hits: what each feature does, on posts made up for it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.reading.posts import CHINA
from retrieval.answering.answerer import Answerer
from retrieval.answering.options import PARTS
from retrieval.ranking.ranking import WEIGHTS, Hit
from tests.support.answering import FACTORY, OTHERS, corpus_of, post, text_of


def ids(hits: Sequence[Hit]) -> list[str]:
    return list(dict.fromkeys(hit.story.post.id for hit in hits))


def test_a_province_finds_the_news_of_its_city_which_does_not_name_it(tmp_path: Path) -> None:
    text = "税务局稽查局查处一家加油站，该站少缴税款三十万元。"
    cities = ("南昌", "郑州", "太原")
    stations = [post(city, f"{city}一加油站偷税被查", f"{city}市{text}") for city in cities]
    with corpus_of(tmp_path, *stations, *OTHERS) as answerer:
        for question, city in (("江西那家加油站", "南昌"), ("山西的加油站偷税", "太原")):
            shown = answerer.ask(f"{question}少缴了多少").passages
            assert [passage.post for passage in shown][:1] == [city]
            explained = answerer.explain(question).matched[0]
            assert question[:2] in explained


def test_the_amount_is_found_in_a_paragraph_that_does_not_name_the_company(tmp_path: Path) -> None:
    rival = post("rival", "雾谷纸厂补税", "雾谷纸厂少缴税款五十万元。")
    with corpus_of(tmp_path, FACTORY, rival, *OTHERS) as answerer:
        hits = answerer.hits("云岭制衣厂少缴了多少税款")
        assert text_of(hits[0]) == "经查，该厂少缴税款三十万元。"
        assert hits[0].shares["certain"] == WEIGHTS["certain"]
        assert hits[0].shares["story"] > 0


def test_a_paragraph_has_what_is_asked_for_or_is_all_that_is_read_of_its_story(
    tmp_path: Path,
) -> None:
    moved = post("moved", "云岭制衣厂迁址", "云岭制衣厂搬到了新楼。", "旧楼已经腾空。")
    hired = post("hired", "云岭制衣厂招工", "云岭制衣厂春节后招工。")
    with corpus_of(tmp_path, FACTORY, moved, hired, *OTHERS) as answerer:
        shares = {text_of(hit): hit.shares for hit in answerer.hits("云岭制衣厂少缴了多少税款")}
        means = {text_of(hit): hit.shares for hit in answerer.hits("云岭制衣厂怎么少缴税款的")}
    assert "certain" in shares["经查，该厂少缴税款三十万元。"]
    assert "certain" not in shares["该厂负责人表示接受处理。"]
    assert "certain" not in shares["云岭制衣厂搬到了新楼。"]
    assert "certain" in shares["云岭制衣厂春节后招工。"]
    assert "likely" in means["云岭制衣厂搬到了新楼。"]


def test_the_paragraph_that_has_the_very_words_is_preferred(tmp_path: Path) -> None:
    apart = post("apart", "云岭办税", "云岭：留抵的税款可退，骗取的要追缴，团伙已查。")
    very = post("very", "云岭办税", "云岭：骗取留抵退税的团伙已查，税款的可追缴要。")
    with corpus_of(tmp_path, apart, very, *OTHERS) as answerer:
        shares = {hit.story.post.id: hit.shares for hit in answerer.hits("骗取留抵退税的团伙")}
    assert shares["very"]["verbatim"] == WEIGHTS["verbatim"]
    assert "verbatim" not in shares["apart"]


def test_the_paragraph_whose_sentence_tells_what_is_asked_is_preferred(tmp_path: Path) -> None:
    rates = post(
        "rates",
        "云岭市摊位费办法",
        "摊位费按照摊位面积计算缴纳，出租摊位的收取摊位费，减除比例为百分之十。",
        "摊位费的费率，按照面积计算的为百分之一；出租摊位的，费率为百分之八。",
    )
    with corpus_of(tmp_path, rates, *OTHERS) as answerer:
        shares = {text_of(hit): hit.shares for hit in answerer.hits("出租摊位的费率是百分之几")}
        without = answerer.without("sentence").hits("出租摊位的费率是百分之几")
    first, second = (text.text for text in rates.paragraphs)
    assert shares[second]["sentence"] > shares[first]["sentence"] > 0
    assert all("sentence" not in hit.shares for hit in without)


def test_the_rule_in_whose_range_the_quantity_of_the_question_is_is_preferred(
    tmp_path: Path,
) -> None:
    small = post("small", "云岭渔船补贴", "月收入不超过2万元的渔船，免交泊位费。")
    large = post("large", "云岭渔船补贴", "月收入不超过9万元的渔船，免交泊位费。")
    with corpus_of(tmp_path, small, large, *OTHERS) as answerer:
        hits = answerer.hits("渔船月收入6万要交泊位费吗")
        unsaid = answerer.hits("渔船月收入多少要交泊位费")
    shares = {hit.story.post.id: hit.shares.get("range") for hit in hits}
    assert hits[0].story.post.id == "large"
    assert (shares["large"], shares["small"]) == (WEIGHTS["range"], None)
    assert all("range" not in hit.shares for hit in unsaid)


def test_a_question_about_a_rule_prefers_its_text_to_a_report_of_it(tmp_path: Path) -> None:
    words = "摊位费按照面积缴纳，每平方米两元，每月十日以前缴清。"
    law = post(
        "law",
        "云岭市摊位费条例",
        f"第一条 {words}",
        "第二条 摊位费由市场管理所收取。",
        "第三条 本条例自公布之日起施行。",
        day="2024-01-01",
    )
    report = post("report", "云岭市公布摊位费条例", f"记者获悉，{words}", day="2024-01-01")
    with corpus_of(tmp_path, law, report, *OTHERS) as answerer:
        rule = {hit.story.post.id: hit.shares for hit in answerer.hits("云岭市摊位费怎么缴")}
        case = answerer.hits("云岭市那个收摊位费的张大勇被罚了多少")
    assert rule["law"]["rule"] > 0
    assert "rule" not in rule["report"]
    assert all("rule" not in hit.shares for hit in case)


STATUTE = post(
    "statute",
    "中华人民共和国印花税法",
    "第一条 书立应税凭证的单位和个人，为印花税的纳税人，应当依照本法规定缴纳印花税。",
    "第二条 印花税的税率为万分之六。",
    "第三条 印花税可以采用粘贴印花税票的方式缴纳。",
    "第四条 本法自公布之日起施行。",
    day="2021-06-10",
)
CUT = post(
    "cut",
    "下调印花税税率 为企业减负",
    "财政部负责人表示，今天起将印花税税率从万分之九降至万分之八，帮助企业渡过难关。",
    day="2018-03-30",
)


def test_few_words_about_a_tax_prefer_its_statute_to_an_older_report(tmp_path: Path) -> None:
    with corpus_of(tmp_path, STATUTE, CUT, *OTHERS) as answerer:
        rate = {text_of(hit): hit.shares for hit in answerer.hits("印花税税率多少")}
        name = {text_of(hit): hit.shares for hit in answerer.hits("印花税")}
        specific = answerer.hits("印花税税率在云岭旧货市场的摊位上是多少")
    payer, own, stamps, _ = (text.text for text in STATUTE.paragraphs)
    report = CUT.paragraphs[0].text
    assert rate[own]["statute"] == WEIGHTS["statute"]
    assert "statute" not in rate[report]
    assert rate[own]["value"] > rate[report]["value"] > 0
    assert "likely" in name[payer]
    assert "likely" not in name[stamps]
    assert all("statute" not in hit.shares for hit in specific)


def test_few_words_about_a_rule_prefer_it_to_news_of_what_came_of_it(tmp_path: Path) -> None:
    came = "数据显示，今年前三季度累计免征山货税三百万元，同比增长两成。"
    news = post("news", "前三季度累计免征山货税", came)
    told = post("told", "山货税免征延续", "山货税免征政策延续，摊位和集市都可享受，办法另行公布。")
    with corpus_of(tmp_path, news, told, *OTHERS) as answerer:
        rule, results = (
            {hit.story.post.id: hit.shares for hit in answerer.hits(asked)}
            for asked in ("山货税免征", "山货税累计免征")
        )
    assert "type" not in rule["news"]
    assert rule["told"]["type"] == results["news"]["type"] == WEIGHTS["type"]


def test_of_two_values_the_newer_leads_in_a_short_question_of_more_than_two_words(
    tmp_path: Path,
) -> None:
    old = post("old", "云岭庙会开张", "云岭庙会的摊位免租额度每户每年300元。", day="2019-01-19")
    new = post("new", "云岭庙会新规", "云岭庙会的摊位免租额度每户每年900元。", day="2021-07-04")
    case = post(
        "case", "稽查局查处云岭庙会一摊位偷税案件", "该摊位的免租额度是900元，偷税被罚三千元。",
        day="2022-05-01",
    )  # fmt: skip
    with corpus_of(tmp_path, old, new, case, *OTHERS) as answerer:
        shares = {hit.story.post.id: hit.shares for hit in answerer.hits("云岭庙会摊位免租额度")}
    assert [one for one in shares if one != "case"][:2] == ["new", "old"]
    assert shares["new"]["value"] > shares["old"]["value"] > 0
    assert "value" not in shares["case"]


def test_few_words_about_a_rule_find_its_statute_among_many_cases(tmp_path: Path) -> None:
    cases = [
        post(f"case{n}", f"{place}一食堂虚开饭卡被查", *["该食堂虚开饭卡，处罚三千元。"] * 3)
        for n, place in enumerate("甲乙丙丁戊己庚辛壬癸子丑")
    ]
    law = post(
        "law",
        "云岭市饭卡管理条例",
        "第一条 为了加强饭卡管理，制定本条例。",
        "第二条 本条例所称饭卡，是指食堂开具的就餐凭证。",
        "第三条 违反本条例规定，没有实际就餐而虚开饭卡的，由主管部门处一千元以上五千元以下的罚款。",
    )
    with corpus_of(tmp_path, *cases, law, *OTHERS) as answerer:
        found = answerer.hits("虚开饭卡怎么处罚")
        assert [hit.story.type for hit in found].count("case") > 30
        assert text_of(found[0]) == law.paragraphs[2].text
        assert found[0].shares["closest"] == WEIGHTS["closest"]
        assert all("closest" not in hit.shares for hit in found if hit.story.type == "case")
        named = answerer.hits("甲食堂虚开饭卡被罚了多少")
        assert named[0].story.type == "case"


def test_the_very_answer_is_preferred_in_longer_questions_about_a_rule_too(
    tmp_path: Path,
) -> None:
    rule = post(
        "rule",
        "云岭市摊位押金办法",
        "市场管理部门应当自收到摊主的押金退还申请之日起六十日内作出决定，并通知摊主。",
        "摊主自退出摊位之日起一年内，可以向市场管理部门提出押金退还申请，逾期不退。",
    )
    with corpus_of(tmp_path, rule, *OTHERS) as answerer:
        first, second = answerer.hits("我的摊位上个月退了，押金还没退，多久之内还能去申请")[:2]
    assert text_of(first) == rule.paragraphs[1].text
    assert (first.shares["closest"], second.shares.get("closest", 0)) == (WEIGHTS["closest"], 0)


def test_a_post_that_names_another_tax_than_the_question_is_no_answer(tmp_path: Path) -> None:
    other = post(
        "other",
        "个人出售摊位的个人所得税",
        "个人出售持有三年的摊位要不要交个人所得税，要看摊位的原值，应当依法缴纳。",
    )
    asked = post("asked", "摊位政策调整", "持有满两年的，对外销售时一律免征增值税。")
    question = "个人出售持有三年的摊位，增值税要不要交"
    with corpus_of(tmp_path, other, asked, *OTHERS) as answerer:
        shares = {hit.story.post.id: hit.shares.get("tax", 0) for hit in answerer.hits(question)}
        assert (shares["asked"], shares["other"]) == (WEIGHTS["tax"], 0)
        assert "tax" not in answerer.hits("个人出售摊位要交什么")[0].shares
    (tmp_path / "b").mkdir()
    with corpus_of(tmp_path / "b", other, *OTHERS) as answerer:
        assert not answerer.ask(question).answered


def test_the_fine_of_a_person_is_not_that_of_who_is_fined_beside_her(tmp_path: Path) -> None:
    fined = "依据行政处罚法的规定，对其处以罚款，计300万元，郑小满被罚后"
    helper = post("helper", "依法处罚张大恒", f"张大恒帮助郑小满偷税，{fined}，郑小满已缴清。")
    herself = post(
        "herself", "依法查处郑小满", "税务局对郑小满追缴税款、加收滞纳金并处罚款200万元。"
    )
    stage = post("stage", "依法查处黄小薇偷税", "黄小薇(网名：郑小满)被处罚款100万元。")
    with corpus_of(tmp_path, helper, herself, stage, *OTHERS) as answerer:
        shares = {hit.story.post.id: hit.shares for hit in answerer.hits("郑小满被罚了多少")}
    assert shares["herself"]["whose"] == shares["stage"]["whose"] == WEIGHTS["whose"]
    assert "whose" not in shares["helper"]


def test_a_score_is_the_sum_of_its_shares_and_no_share_is_over_its_weight(tmp_path: Path) -> None:
    with corpus_of(tmp_path, FACTORY, *OTHERS) as answerer:
        hits = answerer.hits("云岭制衣厂2024年少缴了多少税款 最新")
        assert {name for hit in hits for name in hit.shares} >= {"text", "story", "year", "newest"}
        for hit in hits:
            assert hit.score == pytest.approx(sum(hit.shares.values()))
            assert all(0 <= share <= WEIGHTS[name] for name, share in hit.shares.items())


def test_of_equally_good_posts_the_newer_comes_first_and_one_without_a_date_last(
    tmp_path: Path,
) -> None:
    days = {"old": "2020-01-01", "none": None, "new": "2024-01-01", "middle": "2022-01-01"}
    same = [post(n, "云岭退税", "云岭市退税三百万元。", day=day) for n, day in days.items()]
    with corpus_of(tmp_path, *same, *OTHERS) as answerer:
        assert ids(answerer.hits("云岭市退税多少"))[:4] == ["new", "middle", "old", "none"]


def test_the_latest_is_preferred_where_it_is_asked_for(tmp_path: Path) -> None:
    old = post("old", "云岭市退税进展", "云岭市退税三百万元。", day="2019-03-01")
    new = post("new", "云岭市退税进展", "云岭市的退税，有五百万元。", day="2024-03-01")
    with corpus_of(tmp_path, old, new, *OTHERS) as answerer:
        assert ids(answerer.hits("云岭市退税三百万元"))[0] == "old"
        assert ids(answerer.hits("最新的云岭市退税"))[0] == "new"
        without = answerer.without("newest").hits("最新的云岭市退税")
        assert all("newest" not in hit.shares for hit in without)


def test_a_year_is_a_preference_and_no_filter(tmp_path: Path) -> None:
    posts = [
        post(
            f"y{year}", "云岭市退税", f"云岭市{year}年退税{year - 2000}万元。", day=f"{year}-06-01"
        )
        for year in (2020, 2021, 2022)
    ]
    with corpus_of(tmp_path, *posts, *OTHERS) as answerer:
        assert ids(answerer.hits("云岭市2021年退税多少"))[0] == "y2021"
        now = datetime(2023, 1, 5, tzinfo=CHINA)
        assert ids(answerer.hits("云岭市去年退税多少", now=now))[0] == "y2022"
        assert set(ids(answerer.hits("云岭市2035年退税多少"))) >= {"y2020", "y2021", "y2022"}


def test_a_post_tells_of_its_own_year_and_those_beside_it_without_naming_them(
    tmp_path: Path,
) -> None:
    own = post("own", "云岭市退税", "云岭市今年前四个月退税三百万元。", day="2022-05-06")
    before = post("before", "云岭市退税", "云岭市去年退税九百万元。", day="2023-01-20")
    other = post("other", "云岭市退税", "云岭市2021年退税八百万元。", day="2022-05-06")
    after = post("after", "云岭市退税", "云岭市明年退税六百万元。", day="2021-12-06")
    none = post("none", "云岭市退税", "云岭市今年退税七百万元。", day="2024-05-06")
    with corpus_of(tmp_path, own, before, other, after, none, *OTHERS) as answerer:
        hits = answerer.hits("云岭市2022年退税多少")
    years = {hit.story.post.id: hit.shares.get("year", 0.0) / WEIGHTS["year"] for hit in hits}
    assert {name: years[name] for name in ("own", "before", "other", "after", "none")} == {
        "own": 1,
        "before": 1,
        "after": 1,
        "other": 0.5,
        "none": 0,
    }


def test_a_word_that_no_text_has_is_a_name_in_a_question_of_a_case_and_else_nothing(
    tmp_path: Path,
) -> None:
    fee = post("fee", "云岭市摊位费", "摊位费按照面积缴纳，每平方米两元。")

    with corpus_of(tmp_path, fee, FACTORY, *OTHERS) as answerer:

        def best(question: str) -> float:
            return max(hit.shares["best"] for hit in answerer.hits(question))

        assert best("摊位费缴纳 喵喵") == pytest.approx(best("摊位费缴纳"))
        assert best("张大勇少缴税款被罚 喵喵") < best("张大勇少缴税款被罚")


def test_posts_that_carry_the_same_words_are_shown_once(tmp_path: Path) -> None:
    text = "云岭市税务局查处一家制衣厂，追缴税款三十万元，并处罚款十五万元，当事人已全部缴清。"
    wire = [
        post("a", "云岭查处制衣厂", text, day="2024-01-01"),
        post("b", "云岭查处制衣厂", text, day="2024-01-03"),
        post("c", "云岭查处制衣厂", "记者获悉，" + text, day="2024-01-02"),
        post("d", "云岭制衣厂复工", "云岭那家制衣厂补税以后换了会计，已经复工。", day="2024-02-01"),
    ]
    with corpus_of(tmp_path, *wire, *OTHERS) as answerer:
        shown = [passage.post for passage in answerer.ask("云岭制衣厂追缴税款多少").passages]
    assert shown[0] == "b"
    assert "d" in shown
    assert not {"a", "c"} & set(shown)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_off_leaves_the_answerer_as_it_was(tmp_path: Path, part: str) -> None:
    question = "最新的云岭制衣厂2024年怎么少缴个税"
    with corpus_of(tmp_path, FACTORY, *OTHERS) as answerer:
        before = [(hit.key, hit.shares) for hit in answerer.hits(question)]
        off = answerer.without(part).hits(question)
        assert all(part not in hit.shares for hit in off)
        assert [(hit.key, hit.shares) for hit in answerer.hits(question)] == before


def test_a_question_without_a_term_of_the_corpus_has_no_hit(tmp_path: Path) -> None:
    with corpus_of(tmp_path, FACTORY) as answerer:
        assert answerer.hits("😀") == []
        assert answerer.hits("") == []


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.sampled_from("云岭制衣厂少缴税款多少最新2024年 ％《》😀𠮷"), max_size=30))
def test_hits_are_in_order_and_each_paragraph_is_one_at_most(small: Answerer, text: str) -> None:
    hits = small.hits(text)
    scores = [round(hit.score, 9) for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert len({hit.key for hit in hits}) == len(hits)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    with corpus_of(tmp_path_factory.mktemp("small"), FACTORY, *OTHERS) as answerer:
        yield answerer
