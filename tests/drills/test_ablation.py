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
        nought = dict.fromkeys((*part.features, *part.signals), 0.0)
        assert _state(part) == nought | dict(part.instead)
    assert _state(part) == before


def _state(part: Part) -> dict[str, object]:
    """What stands at the places of a part."""
    weights = {**ranking.WEIGHTS, **confidence.WEIGHTS}
    named = {name: weights[name] for name in (*part.features, *part.signals)}
    return named | {place: _at(place) for place in part.instead}


def _at(place: str) -> object:
    module, *names = place.split(".")[:2], *place.split(".")[2:]
    return reduce(getattr, names, import_module(".".join(["retrieval", *module])))
