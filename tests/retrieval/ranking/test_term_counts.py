from hypothesis import given
from hypothesis import strategies as st

from retrieval.ranking.term_counts import term_counts

ANY = st.text(alphabet="aab税税务局增值\0\n😀𠮷\ud800", max_size=12)


@given(texts=st.lists(ANY, max_size=5), terms=st.lists(ANY.filter(bool), max_size=8))
def test_each_text_holds_each_term_as_often_as_python_counts(
    texts: list[str], terms: list[str]
) -> None:
    expected = [[text.count(term) for term in terms] for text in texts]
    assert term_counts(texts, terms).tolist() == expected


def test_a_term_never_reaches_from_one_text_into_the_next() -> None:
    assert term_counts(["增值", "税"], ["增值税", "值税", "税"]).tolist() == [[0, 0, 0], [0, 0, 1]]
