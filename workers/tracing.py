"""Traces, where OpenTelemetry is installed: one span per turn of a command, one per call of an exchange.

The trace's id is the command's: whoever has either finds the other. All turns of a command, in several workers and on
several hosts, are one trace without anything being carried along. Without the extra `tracing` nothing of it is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Final, Protocol

_NAME: Final = "pointsman"
_IS_THERE: Final = find_spec("opentelemetry") is not None


class Note(Protocol):
    """Adds what became known to a span."""

    def __call__(self, name: str, value: str, /) -> None:
        """Note one attribute."""


def _note_nothing(_name: str, _value: str, /) -> None:
    pass


_NOWHERE: Final = nullcontext(_note_nothing)


def turn(command_id: str, task: str, account: str) -> AbstractContextManager[Note]:
    """A worker's turn with a command; spans opened inside, in this thread, belong to it."""
    return _turn(command_id, task, account) if _is_wanted() else _NOWHERE


def call(exchange: str, account: str, endpoint: str) -> AbstractContextManager[Note]:
    """One call of an exchange."""
    return _call(exchange, account, endpoint) if _is_wanted() else _NOWHERE


def _is_wanted() -> bool:
    """Whether somebody has set up, by code or by OpenTelemetry's environment variable, where spans go."""
    return _IS_THERE and type(_api().get_tracer_provider()) is not _api().ProxyTracerProvider


@cache
def _api() -> ModuleType:
    from opentelemetry import trace  # noqa: PLC0415 - of the extra `tracing`

    return trace


@contextmanager
def _turn(command_id: str, task: str, account: str) -> Iterator[Note]:
    from opentelemetry import trace  # noqa: PLC0415 - of the extra `tracing`

    attributes = {"pointsman.command_id": command_id, "pointsman.account": account}
    number = _number(command_id)
    parent = trace.NonRecordingSpan(
        trace.SpanContext(number, number & (2**64 - 1) or 1, is_remote=True, trace_flags=trace.TraceFlags(1))
    )
    context = trace.set_span_in_context(parent) if number else None
    tracer = trace.get_tracer(_NAME)
    with tracer.start_as_current_span(
        task, context, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        yield lambda name, value: span.set_attribute(f"pointsman.{name}", value)


@contextmanager
def _call(exchange: str, account: str, endpoint: str) -> Iterator[Note]:
    from opentelemetry import trace  # noqa: PLC0415 - of the extra `tracing`

    attributes = {"pointsman.exchange": exchange, "pointsman.account": account}
    tracer, kind = trace.get_tracer(_NAME), trace.SpanKind.CLIENT
    with tracer.start_as_current_span(
        endpoint, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        yield lambda name, value: span.set_attribute(f"pointsman.{name}", value)


def _number(command_id: str) -> int:
    """The id as a trace's; 0, which is none, for a foreign client's id that is no hexadecimal number of 128 bits."""
    try:
        number = int(command_id.replace("-", ""), 16)
    except ValueError:
        return 0
    return number if number < 2**128 else 0
