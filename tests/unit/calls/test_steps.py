"""The small steps: the pipeline's order, the fence, patience, and the line that is logged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Problem, Rejected
from workers.calls import retry
from workers.calls.clock import Clock
from workers.calls.endpoint import Call, Endpoint
from workers.calls.pipeline import Proceed, Step, through
from workers.calls.record import Record
from workers.calls.retry import Patience, patiently
from workers.calls.sign import Fence, Sign
from workers.calls.wire import Request
from workers.exchanges.binance import endpoints


def call(endpoint: Endpoint = endpoints.PLACE, **more: object) -> Call[str]:
    return Call(endpoint, {"symbol": "SECRETSYMBOL"}, str, endpoint.cost, **more)


def not_processed(kind: ErrorKind = ErrorKind.CONNECTION, retry_after_ms: int | None = None) -> NotProcessed:
    return NotProcessed(Problem(kind=kind, message="not now", retry_after_ms=retry_after_ms))


def test_the_first_step_is_outermost() -> None:
    seen: list[str] = []

    def step(name: str) -> Step:
        def run(asked: Call[Any], proceed: Proceed) -> object:
            seen.append(f"{name} in")
            reply = proceed(asked)
            seen.append(f"{name} out")
            return reply

        return run

    def send(_: Call[Any]) -> object:
        seen.append("sent")
        return "reply"

    assert through([step("a"), step("b")], send)(call()) == "reply"
    assert seen == ["a in", "b in", "sent", "b out", "a out"]


def signed(asked: Call[Any], clock: Clock, window_ms: int = 3_000) -> Fence:
    fences: list[Fence] = []

    def signer(_: Call[Any], fence: Fence) -> Request:
        fences.append(fence)
        return Request("GET", "/")

    Sign(signer, clock, window_ms)(asked)
    return fences[0]


def test_a_call_without_a_fence_is_signed_with_the_present_and_the_accounts_window() -> None:
    clock = Clock()
    clock.adopt(60_000, 1)
    fence = signed(call(), clock)
    assert fence.window_ms == 3_000
    assert abs(fence.timestamp_ms - clock.now_ms()) < 1_000


def test_a_fence_that_was_fixed_is_kept() -> None:
    now_ms = Clock().now_ms()
    assert signed(call(timestamp_ms=now_ms - 100, window_ms=500), Clock()) == (now_ms - 100, 500)


def test_a_call_whose_fence_has_passed_is_not_sent() -> None:
    late = call(timestamp_ms=Clock().now_ms() - 600, window_ms=500)
    with pytest.raises(NotProcessed) as caught:
        signed(late, Clock())
    assert caught.value.problem.kind is ErrorKind.EXPIRED


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(retry.time, "sleep", found.append)
    return found


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def test_what_did_nothing_is_tried_again_after_growing_random_pauses(pauses: list[float]) -> None:
    assert patiently(failing(*[not_processed()] * 3), lambda _: None, Patience()) == "done"
    assert len(pauses) == 3
    assert all(0 <= pause <= 0.1 * 2**number for number, pause in enumerate(pauses))


def test_the_exchanges_own_wait_is_honoured(pauses: list[float]) -> None:
    patiently(failing(not_processed(retry_after_ms=1_500)), lambda _: None, Patience())
    assert pauses == [1.5]


def test_a_wait_beyond_our_patience_is_not_begun(pauses: list[float]) -> None:
    with pytest.raises(NotProcessed):
        patiently(failing(not_processed(retry_after_ms=60_000)), lambda _: None, Patience(total=30))
    assert pauses == []


def test_attempts_are_bounded(pauses: list[float]) -> None:
    with pytest.raises(NotProcessed):
        patiently(failing(*[not_processed()] * 9), lambda _: None, Patience(attempts=4))
    assert len(pauses) == 3


HOPELESS = [not_processed(kind) for kind in (ErrorKind.EXPIRED, ErrorKind.HALTED, ErrorKind.GUARD)]


@pytest.mark.parametrize("error", [Rejected("no"), OutcomeUnknown("who knows"), *HOPELESS])
def test_nothing_else_is_tried_again(error: Exception, pauses: list[float]) -> None:
    with pytest.raises(type(error)):
        patiently(failing(error), lambda _: None, Patience())
    assert pauses == []


def test_a_clock_error_is_mended_once_and_without_a_pause(pauses: list[float]) -> None:
    mended: list[ErrorKind] = []
    once = failing(not_processed(ErrorKind.CLOCK))
    assert patiently(once, lambda error: mended.append(error.problem.kind), Patience()) == "done"
    assert (mended, pauses) == ([ErrorKind.CLOCK], [0.0])
    with pytest.raises(NotProcessed):
        patiently(failing(*[not_processed(ErrorKind.CLOCK)] * 2), lambda _: None, Patience())


@pytest.mark.parametrize(
    ("endpoint", "error", "level", "outcome"),
    [
        (endpoints.PLACE, None, logging.INFO, "ok"),
        (endpoints.ORDER, None, logging.DEBUG, "ok"),
        (endpoints.PLACE, Rejected("SECRETWORDS"), logging.WARNING, "Rejected:refused"),
        (endpoints.ORDER, not_processed(), logging.WARNING, "NotProcessed:connection"),
    ],
)
def test_one_line_per_call(
    endpoint: Endpoint, error: Exception | None, level: int, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    def proceed(asked: Call[Any]) -> object:
        asked.trace.status = 200
        if error:
            raise error

    caplog.set_level(logging.DEBUG, "pointsman.calls")
    try:
        Record("binance", "main")(call(endpoint, command_id="abc"), proceed)
    except (Rejected, NotProcessed):
        assert error
    (line,) = caplog.records
    text = line.getMessage()
    assert line.levelno == level
    assert text.startswith(f"exchange=binance account=main endpoint={endpoint.method}:{endpoint.path} status=200 ms=")
    assert text.endswith(f"command=abc outcome={outcome}")
    assert "SECRET" not in text
