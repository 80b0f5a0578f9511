"""Scenes that hypothesis draws: a limit, the workers before it, and what becomes of their calls."""

from __future__ import annotations

import random
from dataclasses import dataclass

import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from support.examples import examples
from support.rates.gates import Stand
from support.rates.world import Ask, Rules, Worker, World, counter_of

WINDOWS_MS = (1_000, 2_000, 10_000)
OFTEN = ("answered",) * 8


def bounded(few: int) -> settings:
    """The same examples every time, so that the suite's verdict is about the code."""
    return settings(
        max_examples=examples(few),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True)
class Scene:
    """``jitter_ms`` is how much longer than at best a way may take; ``seed`` decides every single way and fate."""

    rules: Rules
    workers: tuple[Worker, ...]
    fates: tuple[str, ...]
    calls: int
    over_ms: int
    dearest: int
    jitter_ms: int
    seed: int

    def play(self, kind: str, client: redis.Redis) -> World:
        """Everything that is asked, until a while after the last."""
        rules, random_ = self.rules, random.Random(self.seed)
        world = World(Stand(kind, client), rules, counter_of(rules))
        for number in range(self.calls):
            world.add(self._ask(number, random_))
        world.run(self.over_ms + 40 * rules.window_ms)
        return world

    def _ask(self, number: int, random_: random.Random) -> Ask:
        worker, fate = random_.choice(self.workers), random_.choice(self.fates)
        out_ms, back_ms = (self._way(worker, random_) for _ in range(2))
        return Ask(
            name=str(number),
            at_ms=round(random_.uniform(0, self.over_ms), 3),
            cost=min(random_.choice((1, 1, self.dearest)), self.rules.limit),
            worker=worker,
            fate=fate,
            out_ms=out_ms,
            back_ms=back_ms,
        )

    def _way(self, worker: Worker, random_: random.Random) -> float:
        """Often as quick as can be, or as slow; to the microsecond."""
        least, most = worker.lead_ms, worker.lead_ms + self.jitter_ms
        return random_.choice((least, most, round(random_.uniform(least, most), 3)))


@st.composite
def workers(draw: st.DrawFn) -> Worker:
    guard = draw(st.sampled_from((0.0, 0.5, 5.0, 50.0)))
    wrong = draw(st.sampled_from((-1.0, -0.3, 0.0, 0.9, 1.0)))
    return Worker(draw(st.sampled_from((0.2, 1.0, 20.0, 80.0))), guard, wrong * guard)


@st.composite
def rules(draw: st.DrawFn, *, rolling: bool) -> Rules:
    return Rules(
        limit=draw(st.integers(1, 12)),
        window_ms=draw(st.sampled_from(WINDOWS_MS)),
        rolling=rolling,
        offset_ms=draw(st.sampled_from((0.0, 12.345, 3_217.5, -4_999.9))),
        tells=draw(st.booleans()),
    )


@st.composite
def scenes(draw: st.DrawFn, *, rolling: bool, fates: tuple[str, ...]) -> Scene:
    """Calls that may end in any of these ways, over up to three windows; most are simply answered."""
    limit = draw(rules(rolling=rolling))
    return Scene(
        rules=limit,
        workers=tuple(draw(st.lists(workers(), min_size=1, max_size=3))),
        fates=OFTEN + tuple(draw(st.sets(st.sampled_from(fates)))) if fates else OFTEN,
        calls=draw(st.sampled_from((30, 12, 3))),
        over_ms=draw(st.sampled_from((0, 1, 3))) * limit.window_ms,
        dearest=draw(st.integers(1, 4)),
        jitter_ms=draw(st.sampled_from((0, 5, 50, 300))),
        seed=draw(st.integers(0, 2**32)),
    )
