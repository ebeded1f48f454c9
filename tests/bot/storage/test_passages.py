"""Answers as they are kept under their buttons."""

import json
from dataclasses import replace
from datetime import date

from bot.storage.passages import dump_answer, load_answer
from retrieval.answering.answer import Answer
from tests.support.running_bot import PASSAGE


def test_the_passages_of_a_kept_answer_come_back_as_they_were() -> None:
    rule = replace(
        PASSAGE, type="notice", until=date(2027, 12, 31), part=2, places=("广东省", "佛山市")
    )
    kept = dump_answer(Answer("问题", 0.9, (PASSAGE, rule)))
    assert load_answer(kept).passages == (PASSAGE, rule)
    assert "问题" not in kept


def test_a_passage_that_was_kept_before_it_had_places_has_none() -> None:
    (row,) = json.loads(dump_answer(Answer("", 0.9, (replace(PASSAGE, places=("广东省",)),))))
    del row["places"]
    assert load_answer(json.dumps([row])).passages == (PASSAGE,)
