"""Joined posts, updates and the evening's list come once, whenever the bot is killed."""

from collections.abc import Iterator

import pytest

from tests.drills.killing_alerts import Scene, Step, evening, going_on
from tests.support.telegram_server import TelegramServer


@pytest.fixture(scope="module", params=[going_on, evening], ids=["a story", "the evening"])
def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """What is to be told, once for all kills."""
    with TelegramServer() as telegram:
        yield request.param(tmp_path_factory.mktemp("scene"), telegram)


@pytest.mark.parametrize(
    "step",
    [
        Step("dispatch", 1, before=False),
        pytest.param(Step("dispatch", 1, before=True), marks=pytest.mark.slow),
        pytest.param(Step("begin", 1, before=False), marks=pytest.mark.slow),
        Step("end", 1, before=True),
        pytest.param(Step("end", 2, before=False), marks=pytest.mark.slow),
        pytest.param(Step("delivered", 1, before=True), marks=pytest.mark.slow),
    ],
    ids=lambda step: f"{step.name} {step.occurrence} {'before' if step.before else 'after'}",
)
def test_each_post_is_told_once_over_a_kill(scene: Scene, step: Step) -> None:
    assert scene.killed(None, step)
