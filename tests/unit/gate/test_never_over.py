"""Whatever becomes of the calls, no window that the exchange may count ever holds more than it allows."""

from __future__ import annotations

import pytest
import redis
from hypothesis import given
from support.rates.gates import KINDS
from support.rates.scenes import Scene, bounded, scenes

FATES = ("refunded", "unsent", "unanswered", "dead")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rolling", [False, True], ids=["fixed", "rolling"])
def test_the_exchange_never_refuses(kind: str, rolling: bool, quick: redis.Redis) -> None:  # noqa: FBT001 - a parameter
    @bounded(30)
    @given(scene=scenes(rolling=rolling, fates=FATES))
    def check(scene: Scene) -> None:
        world = scene.play(kind, quick)
        assert [ask.name for ask in world.refused()] == []

    check()
