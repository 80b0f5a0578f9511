"""The lines of waiting commands, whatever happens in whatever order: see `support.rates.lines`."""

from __future__ import annotations

import pytest
import redis
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from support.gate import a_passage
from support.rates.gates import Stand, a_submission
from support.rates.lines import Lines
from support.rates.scenes import bounded

from router.claims import Claim
from router.journal import Finish


@pytest.mark.timeout(180)
def test_nobody_is_lost_or_called_twice_and_the_order_is_kept(quick: redis.Redis) -> None:
    machine = type("Machine", (Lines,), {"client": quick})
    run_state_machine_as_test(machine, settings=settings(bounded(50), stateful_step_count=30))


@pytest.mark.parametrize(("standing", "called"), [(100, 3), (101, 0)])
def test_of_a_line_that_its_limit_holds_up_one_is_called_at_a_time(
    quick: redis.Redis, standing: int, called: int
) -> None:
    """More at once help nobody in it, and take processor time from the orders of others."""
    journal = Stand("journal", quick).journal
    for number in range(4 + standing):
        journal.submit(a_submission(f"n{number}", line="one")._replace(message=f"n{number}"))
    quick.delete("binance.orders")
    for name in ("n0", "n1", "n2"):
        verdict = journal.begin(Claim(name, "", "worker", 15_000, 0, 3_000, 10, a_passage()))
        journal.finish(Finish(name, verdict.attempt, "done", "{}", at_once=1))
    assert quick.llen("binance.orders") == called
    assert quick.zcard("pointsman:line:one:called") == 1 + called
