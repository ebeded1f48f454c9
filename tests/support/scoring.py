"""A few sentences of a story, and what scores them."""

from collections.abc import Callable

from hypothesis import strategies as st

from retrieval.ranking.sentence_scorer import SentenceScorer

MakeScorer = Callable[..., SentenceScorer]
"""A question and the title that its reader has seen, "" for none → the scorer."""

TITLE = "云岭制衣厂隐匿收入被查"
OPENING = "近日，税务部门依法查处云岭制衣厂隐匿收入案件。"
AMOUNT = "经查，该厂少缴税款三十万元。"
MEANS = "该厂通过亲属账户收取货款。"

STORIES = st.lists(
    st.text(
        st.sampled_from('云岭制衣厂少缴税款三十万元，。；！"”20%《》😀𠮷 '),
        min_size=1,
        max_size=600,
    ),
    min_size=1,
    max_size=5,
)
