"""Room goes to those who asked first, in each lane; and each lane keeps its share, whatever the others want."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from support.rates.counters import FixedCounter
from support.rates.gates import Stand
from support.rates.scenes import Scene, bounded, rules, scenes
from support.rates.world import Ask, Rules, World, counter_of

from workers.calls.endpoint import Lane

WAITING = ["local", "journal"]


@pytest.mark.parametrize("kind", WAITING)
@pytest.mark.parametrize("rolling", [False, True], ids=["fixed", "rolling"])
def test_in_order_of_asking(kind: str, rolling: bool, quick: redis.Redis) -> None:  # noqa: FBT001 - a parameter
    @bounded(30)
    @given(scene=scenes(rolling=rolling, fates=("refunded", "unsent")))
    def check(scene: Scene) -> None:
        leads = [worker.lead_ms for worker in scene.workers]
        guards = [worker.guard_ms for worker in scene.workers]
        nearer_ms = 2 * (max(leads) - min(leads)) + max(guards) - min(guards) + 1
        in_order = sorted(scene.play(kind, quick).asks, key=lambda ask: ask.asked_ms[0])
        for behind, ask in enumerate(in_order):
            assert overtaken(ask, in_order[behind + 1 :], nearer_ms) == [], ask.name

    check()


def overtaken(ask: Ask, later: list[Ask], nearer_ms: float) -> list[str]:
    """Who asked later and took room that this one wanted: it was sent away once more, after they had been let through.

    Who comes a moment early, is further from the exchange than they are, or knows its clock less well, may have come
    before there was room for it.
    """
    sent_away = [at_ms for at_ms in ask.asked_ms if at_ms != ask.granted_ms]
    last_ms = max(sent_away, default=float("-inf"))
    return [other.name for other in later if other.granted_ms and other.granted_ms + nearer_ms < last_ms]


@st.composite
def shared_limits(draw: st.DrawFn, *, rolling: bool) -> Rules:
    limit = draw(st.integers(3, 9))
    reads = draw(st.integers(1, limit - 2))
    orders = draw(st.integers(reads + 1, limit - 1))
    ceilings = {Lane.QUERIES: reads, Lane.ORDERS: orders, Lane.CANCELS: limit}
    return replace(draw(rules(rolling=rolling)), limit=limit, ceilings=ceilings)


@pytest.mark.parametrize("kind", WAITING)
@pytest.mark.parametrize("rolling", [False, True], ids=["fixed", "rolling"])
def test_a_backlog_of_one_lane_leaves_the_more_urgent_ones_their_share(
    kind: str,
    rolling: bool,  # noqa: FBT001 - a parameter
    quick: redis.Redis,
) -> None:
    """Reads and orders wait in crowds; as many cancels as are kept for them go at once, in every window."""

    @bounded(20)
    @given(shared=shared_limits(rolling=rolling), seed=st.integers(0, 2**32))
    def check(shared: Rules, seed: int) -> None:
        world = World(Stand(kind, quick), shared, counter_of(shared))
        random_ = random.Random(seed)
        for number in range(3 * shared.limit):
            lane = random_.choice((Lane.QUERIES, Lane.ORDERS))
            world.add(Ask(f"backlog-{number}", random_.uniform(0, 10), lane=lane))
        kept = shared.limit - shared.ceilings[Lane.ORDERS]
        for number in range(3 * kept):
            at_ms = shared.window_ms * (number // kept * 2 + 1.5)
            world.add(Ask(f"cancel-{number}", at_ms, lane=Lane.CANCELS))
        world.run(40 * shared.window_ms)
        assert world.refused() == []
        assert [ask.name for ask in world.asks if ask.lane is Lane.CANCELS and len(ask.asked_ms) > 1] == []
        assert all(ask.accepted for ask in world.asks)
        assert over_their_share(world) == []

    check()


def over_their_share(world: World) -> list[tuple[str, int]]:
    """The windows in which a lane, with the less urgent ones, was let through more often than it may."""
    shared, found = world.rules, []
    for lanes in ((Lane.QUERIES,), (Lane.QUERIES, Lane.ORDERS)):
        times = sorted(world.exchange_ms(ask.arrived_ms or 0) for ask in world.asks if ask.lane in lanes)
        for time in times:
            if isinstance(world.counter, FixedCounter):
                same = [each for each in times if world.counter.number(each) == world.counter.number(time)]
            else:
                same = [each for each in times if 0 <= each - time <= shared.window_ms]
            if len(same) > shared.ceilings[lanes[-1]]:
                found.append((lanes[-1], len(same)))
    return found
