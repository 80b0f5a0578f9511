"""A command's id is its trace's, in whichever worker; without OpenTelemetry nothing is done.

The collector here implements OpenTelemetry's own interface. Its SDK would do too; but redis-py loads that whenever a
process starts where it is installed, which all other tests would pay for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry import context as contexts
from opentelemetry import trace

from workers import tracing

ID = "0123456789abcdef0123456789abcdef"
NUMBERS = itertools.count(1)


class Kept(trace.NonRecordingSpan):
    """A span that remembers."""

    def __init__(self, name: str, parent: trace.SpanContext, attributes: dict[str, object]) -> None:
        trace_id = parent.trace_id or 2**127 + next(NUMBERS)
        super().__init__(trace.SpanContext(trace_id, next(NUMBERS), is_remote=False, trace_flags=parent.trace_flags))
        self.name, self.parent, self.attributes = name, parent, attributes
        self.errors: list[object] = []

    def set_attribute(self, key: str, value: object) -> None:
        self.attributes[key] = value

    def record_exception(self, exception: BaseException, *_: object, **__: object) -> None:
        self.errors.append(exception)


class Collector(trace.TracerProvider, trace.Tracer):
    """Keeps every span that has ended."""

    def __init__(self) -> None:
        self.spans: list[Kept] = []

    def get_tracer(self, *_: Any, **__: Any) -> trace.Tracer:  # noqa: ANN401 - the interface's
        return self

    def start_span(self, name: str, context: contexts.Context | None = None, **given: Any) -> Kept:  # type: ignore[override]  # noqa: ANN401
        parent = trace.get_current_span(context).get_span_context()
        return Kept(name, parent, dict(given.get("attributes") or {}))

    @contextmanager
    def start_as_current_span(  # type: ignore[override]
        self,
        name: str,
        context: contexts.Context | None = None,
        **given: Any,  # noqa: ANN401
    ) -> Iterator[Kept]:
        span = self.start_span(name, context, **given)
        token = contexts.attach(trace.set_span_in_context(span))
        try:
            yield span
        except Exception as error:
            if given.get("record_exception", True):
                span.record_exception(error)
            raise
        finally:
            contexts.detach(token)
            self.spans.append(span)


@pytest.fixture(scope="module")
def collector() -> Collector:
    made = Collector()
    trace.set_tracer_provider(made)
    return made


@pytest.fixture
def spans(collector: Collector) -> list[Kept]:
    collector.spans.clear()
    return collector.spans


def test_all_turns_of_a_command_are_one_trace_of_its_id(spans: list[Kept]) -> None:
    for state in ("waiting", "done"):
        with tracing.turn(ID, "orders.place", "main") as note:
            with tracing.call("binance", "main", "POST /api/v3/order") as told:
                told("outcome", "ok")
            note("state", state)
    assert {format(span.get_span_context().trace_id, "032x") for span in spans} == {ID}
    assert [span.name for span in spans] == ["POST /api/v3/order", "orders.place"] * 2
    call, turn = spans[:2]
    assert call.parent.span_id == turn.get_span_context().span_id
    assert call.attributes["pointsman.outcome"] == "ok"
    assert turn.attributes == {
        "pointsman.command_id": ID,
        "pointsman.account": "main",
        "pointsman.state": "waiting",
    }


@pytest.mark.parametrize("command_id", ["not-a-number", "f" * 40, "0"])
def test_a_foreign_id_has_a_trace_of_its_own(spans: list[Kept], command_id: str) -> None:
    with tracing.turn(command_id, "orders.place", "main"):
        pass
    (span,) = spans
    assert span.get_span_context().trace_id >= 2**127
    assert span.attributes["pointsman.command_id"] == command_id


def test_an_error_passes_and_its_text_is_not_kept(spans: list[Kept]) -> None:
    with pytest.raises(ValueError, match="planted"), tracing.call("binance", "main", "GET /x"):
        raise ValueError("planted")
    assert spans[0].errors == []


def test_without_opentelemetry_nothing_is_done(monkeypatch: pytest.MonkeyPatch, spans: list[Kept]) -> None:
    monkeypatch.setattr(tracing, "_IS_THERE", False)
    with tracing.turn(ID, "orders.place", "main") as note, tracing.call("binance", "main", "GET /x") as told:
        note("state", "done")
        told("outcome", "ok")
    assert spans == []


def test_while_nobody_has_set_it_up_nothing_is_done(monkeypatch: pytest.MonkeyPatch, spans: list[Kept]) -> None:
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    with tracing.turn(ID, "orders.place", "main") as note, tracing.call("binance", "main", "GET /x") as told:
        note("state", "done")
        told("outcome", "ok")
        assert trace.get_current_span() is trace.INVALID_SPAN
    monkeypatch.undo()
    with tracing.turn(ID, "orders.place", "main"):
        pass
    assert [span.name for span in spans] == ["orders.place"]
