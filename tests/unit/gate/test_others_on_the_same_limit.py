"""Somebody else uses the same limit: it is noticed and made room for, without the exchange refusing again and again."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from support.rates.gates import Stand
from support.rates.scenes import bounded
from support.rates.world import Ask, Rules, Worker, World, counter_of

CROWD = 16  # as many of a line as are called at a time
WORKER = Worker(lead_ms=1.0, guard_ms=1.0, error_ms=0.5)
OFFSET_MS = 1_234.5


@dataclass(frozen=True)
class Window:
    """What the exchange counted in one span of the window's length: ours and theirs, let in and refused."""

    ours: int
    refused: int
    theirs: int
    turned_away: int


def play(kind: str, client: redis.Redis, rules: Rules, share: float, seed: int) -> list[Window]:
    """An endless backlog beside a client that takes its share evenly; from the first whole window on."""
    windows = 24 if rules.rolling else 8
    world, random_ = World(Stand(kind, client), rules, counter_of(rules)), random.Random(seed)
    theirs = max(round(rules.limit * share), 1)
    phase_ms = random_.uniform(0, rules.window_ms / theirs)
    for number in range(windows * theirs):
        world.consume(phase_ms + number * rules.window_ms / theirs)

    def next_ask(number: int, now_ms: float) -> Ask:
        out_ms, back_ms = (WORKER.lead_ms + random_.uniform(0, 5) for _ in range(2))
        return Ask(str(number), now_ms, worker=WORKER, out_ms=out_ms, back_ms=back_ms)

    world.keep_coming(CROWD, next_ask)
    world.run(windows * rules.window_ms)
    return [window(world, number) for number in range(1, windows)]


def window(world: World, number: int) -> Window:
    length_ms = world.rules.window_ms
    begins_ms = (world.exchange_ms(0) // length_ms + number) * length_ms
    ours = [
        ask.accepted
        for ask in world.asks
        if ask.arrived_ms is not None and begins_ms <= world.exchange_ms(ask.arrived_ms) < begins_ms + length_ms
    ]
    theirs = [
        let_in for at_ms, let_in in world.foreign if begins_ms <= world.exchange_ms(at_ms) < begins_ms + length_ms
    ]
    return Window(sum(map(bool, ours)), ours.count(False), sum(theirs), theirs.count(False))


SHARES = st.sampled_from((0.1, 0.2, 0.3))
SEEDS = st.integers(0, 2**32)


@pytest.mark.parametrize("kind", ["local", "journal"])
@pytest.mark.parametrize("tells", [True, False], ids=["telling", "mute"])
def test_a_fixed_window_is_shared(kind: str, tells: bool, quick: redis.Redis) -> None:  # noqa: FBT001 - a parameter
    """An exchange that tells its count lets us learn without refusals; of one that does not each window costs one."""
    limit = Rules(30, 10_000, rolling=False, offset_ms=OFFSET_MS, tells=tells)

    @bounded(3)
    @given(share=SHARES, seed=SEEDS)
    def check(share: float, seed: int) -> None:
        seen = play(kind, quick, limit, share, seed)
        assert all(each.refused <= 1 for each in seen), seen
        learnt = seen[3:]
        left = sum(limit.limit - each.theirs for each in learnt)
        assert sum(each.ours for each in learnt) >= 0.9 * left, seen
        assert sum(each.turned_away for each in learnt) <= len(learnt), seen
        if tells:
            assert sum(each.refused for each in learnt) == 0, seen

    check()


@pytest.mark.parametrize("kind", ["local", "journal"])
@pytest.mark.parametrize("tells", [True, False], ids=["telling", "mute"])
def test_a_rolling_window_is_shared(kind: str, tells: bool, quick: redis.Redis) -> None:  # noqa: FBT001 - the same
    """Who fills a rolling window turns others away without seeing it, so it looks now and then: that takes a while."""
    limit = Rules(10, 1_000, rolling=True, offset_ms=OFFSET_MS, tells=tells)

    @bounded(2)
    @given(share=SHARES, seed=SEEDS)
    def check(share: float, seed: int) -> None:
        seen = play(kind, quick, limit, share, seed)
        learnt = seen[12:]
        assert all(each.refused <= 2 for each in learnt), seen  # both were under way when the first was
        assert sum(each.refused for each in learnt) <= len(learnt) / 3, seen
        left = sum(limit.limit - each.theirs for each in learnt)
        assert sum(each.ours for each in learnt) >= 0.85 * left, seen
        assert sum(each.theirs for each in learnt) >= sum(each.turned_away for each in learnt) / 2, seen

    check()
