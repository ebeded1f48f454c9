"""Names of the same thing."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from retrieval.text import analyzer, synonyms
from retrieval.text.synonyms import Synonyms

SOME = "# a comment\n个税\t个人所得税\n专票\t专用发票\t增值税专用发票\n卖\t销售\n\n"


def test_a_name_is_replaced_by_none_but_joined_by_its_others() -> None:
    assert Synonyms(SOME).of("交个税用专票吗") == {
        "个税": ("个人所得税",),
        "专票": ("专用发票", "增值税专用发票"),
    }


def test_every_name_of_a_line_finds_the_others() -> None:
    assert Synonyms(SOME).of("个人所得税") == {"个人所得税": ("个税",)}


def test_what_people_say_finds_what_is_written_and_not_the_other_way_round() -> None:
    some = Synonyms("掏=>\t支付\t缴纳\n")
    assert some.of("掏了多少") == {"掏": ("支付", "缴纳")}
    assert some.of("支付了多少") == {}
    assert some.names() == ["掏"]


def test_what_the_text_says_already_is_no_other_name() -> None:
    assert Synonyms(SOME).of("个税就是个人所得税") == {"个税": (), "个人所得税": ()}


def test_one_character_is_a_name_only_where_it_is_a_word() -> None:
    some = Synonyms(SOME)
    assert some.of("他卖发票") == {"卖": ("销售",)}
    assert some.of("买卖合同") == {}


def test_names_meet_in_any_script_and_width() -> None:
    assert Synonyms("ＰＯＳ机\t刷卡機").of(analyzer.normalise("pos机")) == {"pos机": ("刷卡机",)}


def test_an_operator_adds_names_in_a_file(tmp_path: Path) -> None:
    own = tmp_path / "own.tsv"
    own.write_text("云税通\t云岭税务通\n", encoding="utf-8")
    both = synonyms.load(own)
    assert both.of("云税通怎么用") == {"云税通": ("云岭税务通",)}
    assert "个人所得税" in both.of("个税")["个税"]
    assert synonyms.load().of("云税通怎么用") == {}


def test_every_line_of_the_terms_holds_two_names_or_more_none_twice_and_none_one_way() -> None:
    path = Path(synonyms.__file__).with_name("synonyms.tsv")
    lines = [s for s in path.read_text(encoding="utf-8").splitlines() if not s.startswith("#")]
    assert lines
    for line in lines:
        names = line.split("\t")
        assert len(set(names)) == len(names) >= 2, line
        assert all(name == name.strip() != "" for name in names), line
        assert "=>" not in line, "what people say stands in everyday.tsv"
    heads = [line.split("\t")[0] for line in lines]
    assert len(set(heads)) == len(heads)


@given(st.text(st.sampled_from("个税人所得专票用发卖买增值 %\n😀"), max_size=40))
def test_each_name_found_stands_in_the_text_and_its_others_do_not(text: str) -> None:
    for name, others in Synonyms(SOME).of(text).items():
        assert name in text
        assert not any(other in text for other in others)
