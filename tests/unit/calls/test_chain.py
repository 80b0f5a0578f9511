"""A call and those that complete it: pages, the other place to look, and what trouble after a write means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from router.errors import ErrorKind, NotProcessed, OutcomeUnknown, Problem, Rejected, RouterError
from workers.calls.chain import carry
from workers.calls.endpoint import Call, Endpoint, Lane

READ = Endpoint("GET", "/read", {}, idempotent=True)
WRITE = Endpoint("POST", "/write", {}, lane=Lane.ORDERS)
NOT_THERE = Rejected(Problem(kind=ErrorKind.ORDER_NOT_FOUND, message="Order does not exist."))
LATER = NotProcessed(Problem(kind=ErrorKind.RATE_LIMITED, message="later", retry_after_ms=5))


class Wire:
    """Answers calls in order: with a value, or by raising."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.sent: list[Call[Any]] = []

    def __call__(self, call: Call[Any], /) -> Any:  # noqa: ANN401 - whatever was prepared
        self.sent.append(call)
        answer = self.answers.pop(0)
        if isinstance(answer, RouterError):
            raise answer
        return answer


def call(endpoint: Endpoint = READ, then: Callable[[Any], Call[Any] | None] | None = None, **more: Any) -> Call[Any]:  # noqa: ANN401
    return Call(endpoint, {}, str, {}, then=then, **more)


def test_a_call_by_itself_is_sent_once() -> None:
    wire = Wire("reply")
    assert carry(call(), wire) == "reply"
    assert len(wire.sent) == 1


def test_the_last_reply_stands_for_all() -> None:
    """Pages: each says whether there is another, and hands on what was found."""

    def page(found: list[int]) -> Call[list[int]] | None:
        return call(then=page) if len(found) < 3 else None

    wire = Wire([1], [1, 2], [1, 2, 3])
    assert carry(call(then=page), wire) == [1, 2, 3]


def test_what_follows_is_a_probe_of_the_same_symbol() -> None:
    wire = Wire(1, 2)
    carry(call(then=lambda _: call(), probe=True, symbol="BTC/USDT"), wire)
    assert [(each.probe, each.symbol) for each in wire.sent] == [(True, "BTC/USDT")] * 2


def test_a_refusal_may_name_the_other_place_to_look() -> None:
    wire = Wire(NOT_THERE, "found elsewhere")
    assert carry(call(otherwise=lambda _: call()), wire) == "found elsewhere"


def test_a_refusal_stands_where_there_is_no_other_place() -> None:
    for otherwise in (None, lambda _: None):
        with pytest.raises(Rejected) as caught:
            carry(call(otherwise=otherwise), Wire(NOT_THERE))
        assert caught.value is NOT_THERE
    with pytest.raises(Rejected):
        carry(call(otherwise=lambda _: call()), Wire(NOT_THERE, NOT_THERE))


def test_what_only_has_to_wait_is_no_refusal() -> None:
    with pytest.raises(NotProcessed):
        carry(call(otherwise=lambda _: call()), Wire(LATER))


@pytest.mark.parametrize("trouble", [LATER, NOT_THERE])
def test_trouble_after_a_write_never_looks_as_if_nothing_had_happened(trouble: RouterError) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        carry(call(WRITE, then=lambda _: call()), Wire("done", trouble))
    assert caught.value.problem == trouble.problem


@pytest.mark.parametrize("trouble", [LATER, NOT_THERE])
def test_trouble_after_a_read_is_what_it_is(trouble: RouterError) -> None:
    with pytest.raises(type(trouble)) as caught:
        carry(call(then=lambda _: call(WRITE)), Wire("read", trouble))
    assert caught.value is trouble


def test_a_write_that_was_refused_has_changed_nothing() -> None:
    """It is then looked for elsewhere, and trouble there is what it is."""
    with pytest.raises(NotProcessed):
        carry(call(WRITE, otherwise=lambda _: call()), Wire(NOT_THERE, LATER))


def test_a_write_in_the_middle_counts() -> None:
    steps = call(then=lambda _: call(WRITE, then=lambda _: call()))
    with pytest.raises(OutcomeUnknown):
        carry(steps, Wire("read", "written", NOT_THERE))
