"""The rolling meter against a plain list of what was spent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.rolling import RollingMeter

WINDOW_MS = 1000
SPENDINGS = st.lists(st.tuples(st.integers(0, 700), st.integers(0, 5)), max_size=30)


@given(SPENDINGS, st.integers(0, 2000), st.integers(0, 12))
def test_counts_what_is_younger_than_the_window(spendings: list[tuple[int, int]], later: int, most: int) -> None:
    meter, now, spent = RollingMeter(WINDOW_MS), 10_000, []
    for wait, amount in spendings:
        now += wait
        spent.append((now, amount))
        young = sum(each for at, each in spent if at > now - WINDOW_MS)
        assert meter.add("a", amount, now) == young
    now += later
    assert meter.used("a", now) == sum(each for at, each in spent if at > now - WINDOW_MS)
    assert meter.used("b", now) == 0
    frees = meter.frees_ms("a", most, now)
    assert frees >= now
    assert meter.used("a", frees) <= most
    if frees > now:
        assert sum(each for at, each in spent if at > frees - 1 - WINDOW_MS) > most
