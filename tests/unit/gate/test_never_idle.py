"""Who waits, waits for room only: windows are filled to the brim, and who comes when it was told gets in."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from support.rates.counters import FixedCounter, RollingCounter
from support.rates.gates import Stand
from support.rates.scenes import OFTEN, Scene, bounded, rules, scenes, workers
from support.rates.world import Ask, Rules, Worker, World, counter_of

WAITING = ["local", "journal"]  # those in which a caller waits in line
WORTH_A_LOOK = 10  # from this limit on a unit is left free now and then, to see whether somebody else is turned away
UNITS_APART_MS = 5  # what the clock's grain, the spare and the guess of an answer's time add up to


def unlooked(scene: Scene) -> Scene:
    return replace(scene, rules=replace(scene.rules, limit=min(scene.rules.limit, WORTH_A_LOOK - 1)))


def backlogs(*, rolling: bool) -> st.SearchStrategy[Scene]:
    """More callers than three windows can serve, all there from the start, one unit each."""

    def crowd(scene: Scene) -> Scene:
        return replace(scene, calls=4 * scene.rules.limit + 1, over_ms=0, dearest=1)

    return scenes(rolling=rolling, fates=()).map(crowd)


@pytest.mark.parametrize("kind", WAITING)
def test_fixed_windows_are_filled_to_the_brim(kind: str, quick: redis.Redis) -> None:
    @bounded(20)
    @given(scene=backlogs(rolling=False))
    def check(scene: Scene) -> None:
        world = scene.play(kind, quick)
        assert isinstance(world.counter, FixedCounter)
        first = world.counter.number(world.exchange_ms(0))
        for number in (1, 2, 3):
            begins_ms = (first + number) * scene.rules.window_ms - world.exchange_ms(0)
            taken = world.counter.windows[first + number]
            assert scene.rules.limit - in_either(world, begins_ms) <= taken <= scene.rules.limit, number

    check()


@pytest.mark.parametrize("kind", WAITING)
def test_a_clock_behind_the_others_costs_no_unit_of_the_window_after(kind: str, quick: redis.Redis) -> None:
    """What it lets through at a window's edge is counted in the window that the others have turned to already."""
    rules = Rules(limit=5, window_ms=1_000, rolling=False)
    right, behind = Worker(0.2, guard_ms=0.0), Worker(0.2, guard_ms=0.5, error_ms=-0.5)
    scene = Scene(rules, (right, behind), OFTEN, calls=21, over_ms=0, dearest=1, jitter_ms=0, seed=0)
    world = scene.play(kind, quick)
    assert isinstance(world.counter, FixedCounter)
    first = world.counter.number(world.exchange_ms(0))
    assert [world.counter.windows[first + number] for number in (0, 1, 2, 3)] == [5] * 4


def in_either(world: World, begins_ms: float) -> int:
    """The calls that came before that window, for all their workers know in it: so they are counted in both."""
    found = 0
    for ask in world.asks:
        if ask.granted_ms is not None and ask.granted_ms + ask.out_ms < begins_ms:
            back_ms = ask.granted_ms + ask.out_ms + ask.back_ms
            found += back_ms + ask.worker.error_ms + ask.worker.guard_ms >= begins_ms
    return found


@pytest.mark.parametrize("kind", WAITING)
def test_rolling_windows_lose_no_more_than_the_jitter(kind: str, quick: redis.Redis) -> None:
    @bounded(20)
    @given(scene=backlogs(rolling=True))
    def check(scene: Scene) -> None:
        world = scene.play(kind, quick)
        limit, window_ms = scene.rules.limit, scene.rules.window_ms
        turn_ms = window_ms + slowest_ms(scene) + UNITS_APART_MS
        for turns in (1, 2, 3):
            by_then = [ask for ask in world.asks if ask.granted_ms is not None and ask.granted_ms <= turns * turn_ms]
            looked = 1 if limit >= WORTH_A_LOOK else 0
            assert len(by_then) >= (turns + 1) * limit - looked, turns

    check()


def slowest_ms(scene: Scene) -> float:
    """By how much a call's way there and back, and another's way there, may be longer than at best."""
    leads = [worker.lead_ms for worker in scene.workers]
    return 2 * scene.jitter_ms + max(leads) - min(leads)


@pytest.mark.parametrize("kind", WAITING)
@pytest.mark.parametrize("rolling", [False, True], ids=["fixed", "rolling"])
def test_whoever_comes_when_it_was_told_gets_in(kind: str, rolling: bool, quick: redis.Redis) -> None:  # noqa: FBT001 - a parameter
    """It need not ask more than once a window; in a rolling one the first time told may be a guess."""
    guesses = 2 if rolling else 0

    @bounded(30)
    @given(scene=scenes(rolling=rolling, fates=("refunded", "unsent")).map(unlooked))
    def check(scene: Scene) -> None:
        for ask in scene.play(kind, quick).asks:
            assert ask.granted_ms is not None
            windows = math.ceil((ask.granted_ms - ask.at_ms) / scene.rules.window_ms)
            assert len(ask.asked_ms) <= 1 + windows + guesses

    check()


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[float, int]]:
    """How long after the answer before, and how dear."""
    gaps = st.sampled_from((0.0, 1.0, 40.0, 333.3, 900.0, 2_500.0))
    return draw(st.lists(st.tuples(gaps, st.integers(1, 4)), min_size=5, max_size=25))


@pytest.mark.parametrize("kind", ["local", "shared"])
@pytest.mark.parametrize("rolling", [False, True], ids=["fixed", "rolling"])
def test_who_is_alone_gets_all_that_the_exchange_has_left(kind: str, rolling: bool, quick: redis.Redis) -> None:  # noqa: FBT001 - a parameter
    @bounded(40)
    @given(limit=rules(rolling=rolling), worker=workers(), walk=walks())
    def check(limit: Rules, worker: Worker, walk: list[tuple[float, int]]) -> None:
        alone = replace(limit, limit=min(limit.limit, WORTH_A_LOOK - 1))
        world = World(Stand(kind, quick), alone, counter_of(alone))
        at_ms = 0.0
        for gap_ms, cost in walk:
            at_ms += gap_ms + 2 * worker.lead_ms + 0.1
            ask = Ask(
                "one", at_ms, min(cost, alone.limit), worker=worker, out_ms=worker.lead_ms, back_ms=worker.lead_ms
            )
            left = has_room(world, ask, at_ms)
            world.add(replace(ask, comes_again=False))
            world.run(at_ms + 2 * worker.lead_ms + 0.05)
            assert world.asks[-1].accepted or not left

    check()


def has_room(world: World, ask: Ask, at_ms: float) -> bool:
    """Whether the exchange certainly has room for a call that leaves now: after no window's edge that is uncertain."""
    counter, worker = world.counter, ask.worker
    arrives_ms = world.exchange_ms(at_ms + worker.lead_ms)
    if isinstance(counter, RollingCounter):
        return counter.used(arrives_ms - UNITS_APART_MS) + ask.cost <= counter.limit
    unsure_ms = 2 * worker.guard_ms + 2 * worker.lead_ms + 1
    edge_ms = counter.number(arrives_ms) * counter.window_ms
    if arrives_ms - edge_ms < unsure_ms or edge_ms + counter.window_ms - arrives_ms < unsure_ms:
        return False
    carried = [
        other.cost
        for other in world.asks
        if other.arrived_ms is not None and abs(world.exchange_ms(other.arrived_ms) - edge_ms) <= unsure_ms
    ]
    return counter.used(arrives_ms) + sum(carried) + ask.cost <= counter.limit
