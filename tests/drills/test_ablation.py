"""The parts that the drill switches off are there, and are on again afterwards."""

from functools import reduce
from importlib import import_module

import pytest

from retrieval.ranking import confidence, ranking
from tests.drills.ablation import PARTS, Part


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_each_part_is_off_within_and_on_again_afterwards(part: Part) -> None:
    before = _state(part)
    assert set(part.features) <= ranking.WEIGHTS.keys()
    assert set(part.signals) <= confidence.WEIGHTS.keys()
    with part.off():
        nought = [0.0] * (len(part.features) + len(part.signals))
        assert _state(part) == [*nought, *part.instead.values()]
    assert _state(part) == before


def _state(part: Part) -> list[object]:
    """What the features and signals of a part weigh, and what stands at its places."""
    return [
        *(ranking.WEIGHTS[name] for name in part.features),
        *(confidence.WEIGHTS[name] for name in part.signals),
        *map(_at, part.instead),
    ]


def _at(place: str) -> object:
    module, *names = place.split(".")[:2], *place.split(".")[2:]
    return reduce(getattr, names, import_module(".".join(["retrieval", *module])))
