"""Texts that say the same in nearly the same words."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.near_duplicates import Originals, is_near_duplicate, shingles

TEXT = "云岭市税务局查处一家制衣厂，追缴税款30万元，并处罚款15万元。"


def test_a_text_cut_short_or_with_another_beginning_is_a_copy() -> None:
    text = shingles(TEXT)
    assert is_near_duplicate(text, shingles("云岭市税务局查处一家制衣厂，追缴税款30万元"))
    assert is_near_duplicate(
        shingles("记者获悉，云岭市税务局查处一家制衣厂，追缴税款30万元，并处罚款15万元。"), text
    )


def test_a_text_of_the_same_form_about_another_is_no_copy() -> None:
    assert not is_near_duplicate(
        shingles("云岭市税务局查处一家制衣厂，追缴税款30万元，并处罚款15万元。"),
        shingles("石桥县税务局查处一家造纸厂，追缴税款62万元，并处罚款31万元。"),
    )


@given(st.text(max_size=100), st.text(max_size=100))
def test_being_a_copy_is_mutual_and_a_text_is_one_of_itself(one: str, other: str) -> None:
    assert is_near_duplicate(shingles(one), shingles(one))
    assert is_near_duplicate(shingles(one), shingles(other)) == is_near_duplicate(
        shingles(other), shingles(one)
    )


def test_the_first_of_each_wording_is_kept() -> None:
    originals = Originals()
    other = "石桥县税务局查处一家造纸厂，追缴税款62万元，并处罚款31万元。"
    told = [TEXT, other, "记者获悉，" + TEXT, other[:-1], "别的事", ""]
    assert [originals.add(text) for text in told] == [None, None, 0, 1, None, None]


@given(
    st.lists(
        st.text("税务局查处一家厂𠮷 ", max_size=300)
        | st.integers(0, 40).map(lambda start: (TEXT * 9)[start : start + 250])
    )
)
def test_an_original_is_a_copy_of_none_before_it(texts: list[str]) -> None:
    originals, kept = Originals(), list[str]()
    for text in texts:
        first = next(
            (i for i, k in enumerate(kept) if is_near_duplicate(shingles(k), shingles(text))), None
        )
        assert originals.add(text) == first
        if first is None:
            kept.append(text)
