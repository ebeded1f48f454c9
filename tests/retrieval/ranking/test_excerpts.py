"""What the ranking found of a story serves the confidence and the display."""

from pathlib import Path

from retrieval.ranking.pieces import text_of
from tests.support.answering import FACTORY, OTHERS, corpus_of


def test_the_excerpts_of_a_hit_are_those_that_are_shown(tmp_path: Path) -> None:
    with corpus_of(tmp_path, FACTORY, *OTHERS) as answerer:
        asked = answerer.read("云岭制衣厂少缴多少税款")
        hit = answerer.rank(asked)[0]
        passage, *_ = answerer.ask(asked.text).passages
    shown = hit.excerpts.forms.pieces[slice(*hit.excerpts.passage(hit.position))]
    assert text_of(shown) == passage.text
    assert hit.excerpts.best_sentence(hit.position).text in passage.sentence  # with who it is
    assert answerer.signals(asked, [hit]).sentence == hit.excerpts.best_sentence(1).score


def test_the_hits_of_a_story_share_what_was_found_in_it(tmp_path: Path) -> None:
    with corpus_of(tmp_path, FACTORY, *OTHERS) as answerer:
        hits = [h for h in answerer.hits("云岭制衣厂少缴多少税款") if h.story.post == FACTORY]
    assert len(hits) == 3
    assert len({id(hit.excerpts) for hit in hits}) == 1
    excerpts = hits[0].excerpts
    assert excerpts.best_sentence(1) is excerpts.best_sentence(1)


def test_another_question_finds_other_excerpts_in_the_same_story(tmp_path: Path) -> None:
    with corpus_of(tmp_path, FACTORY, *OTHERS) as answerer:
        asked, other = map(answerer.read, ("云岭制衣厂少缴多少税款", "谁表示接受处理"))
        excerpts = answerer.rank(asked)[0].excerpts
    assert excerpts.of(asked) is excerpts
    others = excerpts.of(other)
    assert others.forms is excerpts.forms
    assert others.best_sentence(2).score > excerpts.best_sentence(2).score
