"""Misbehaviour on command: which fault strikes which request, and how often it did.

Before execution (what is refused on receipt is not struck):
    reset_before    the connection is reset (TCP RST); nothing is executed
    error_before    `status` (502) with an HTML page, or with `code` and `msg` as JSON; nothing is executed
    rate_limit      the exchange's refusal for too many requests, for `retry_after_s` (1)
    ban             a ban of the caller's address for `duration_s` (120)
    maintenance     503 with an HTML page, to everything but ping and server time
    late_execute    the connection closes at once; executed after `delay_ms`, unless its receive window has passed
    stall           waits `delay_ms` `when`="before" execution (the window is checked again then) or "after" it
After execution:
    lose_reply, reset_after, partial_reply    closed without a byte, reset, or closed after half the body
    error_after     like error_before
    duplicate       the refusal of a client order id that is in use
Standing:
    clock_skew      the exchange's clock is shifted by `skew_ms` until cleared; several add up
    invisible       a newly accepted order does not show in queries for `delay_ms`
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

BEFORE = frozenset({"reset_before", "error_before", "stall", "late_execute", "rate_limit", "ban", "maintenance"})
AFTER = frozenset({"lose_reply", "reset_after", "partial_reply", "error_after", "stall", "duplicate"})
STANDING = frozenset({"clock_skew", "invisible"})
KINDS = BEFORE | AFTER | STANDING
_ARGUMENTS: dict[str, dict[str, type]] = {
    "stall": {"delay_ms": int, "when": str},
    "late_execute": {"delay_ms": int},
    "invisible": {"delay_ms": int},
    "clock_skew": {"skew_ms": int},
    "rate_limit": {"retry_after_s": int},
    "ban": {"duration_s": int},
    "error_before": {"status": int, "code": int, "msg": str},
    "error_after": {"status": int, "code": int, "msg": str},
}
_NEEDED = {"stall": "delay_ms", "late_execute": "delay_ms", "invisible": "delay_ms", "clock_skew": "skew_ms"}
_TARGET = ("exchange", "method", "path", "account", "symbol", "client_order_id")
_COMMON = {"kind", "times", "probability", *_TARGET}


class FaultError(ValueError):
    """A fault that cannot be installed; the message names field, value and rule."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about; a dialect fills it in, empty where it does not apply."""

    exchange: str = ""
    method: str = ""
    path: str = ""
    account: str = ""
    symbol: str = ""
    client_order_id: str = ""


@dataclass(slots=True)
class Fault:
    """One fault: `times` left (None: until cleared), `hits` so far."""

    id: int
    kind: str
    target: dict[str, str]
    times: int | None
    probability: float
    numbers: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    hits: int = 0

    def number(self, name: str, default: int = 0) -> int:
        """A numeric argument."""
        return self.numbers.get(name, default)

    def matches(self, target: Target) -> bool:
        """Whether every field that the fault names is the request's."""
        return all(getattr(target, name) == value for name, value in self.target.items())

    def document(self) -> dict[str, object]:
        """What the control API shows."""
        head = {
            "id": self.id,
            "kind": self.kind,
            "times": self.times,
            "probability": self.probability,
            "hits": self.hits,
        }
        return {**head, **self.target, **self.numbers, **self.texts}


class Faults:
    """The faults in force. `on_change` is called when they change (a clock skew acts at once)."""

    def __init__(self, seed: int, on_change: Callable[["Faults"], None]) -> None:
        self._random = Random(seed)  # noqa: S311 - reproducible chance
        self._on_change = on_change
        self._next_id = 1
        self._faults: dict[int, Fault] = {}

    @property
    def quiet(self) -> bool:
        """Whether there is no fault at all."""
        return not self._faults

    def add(self, wish: Mapping[str, object]) -> int:
        """Install a fault.

        Returns: its id. Raises: FaultError.
        """
        fault = read_fault(wish, self._next_id)
        self._next_id += 1
        self._faults[fault.id] = fault
        self._on_change(self)
        return fault.id

    def check(self, wish: Mapping[str, object]) -> None:
        """Check a fault without installing it. Raises: FaultError."""
        read_fault(wish, 0)

    def clear(self, fault_id: int | None = None) -> int:
        """Remove one fault or all; returns how many went."""
        gone = len(self._faults) if fault_id is None else int(fault_id in self._faults)
        if fault_id is None:
            self._faults.clear()
        else:
            self._faults.pop(fault_id, None)
        self._on_change(self)
        return gone

    def documents(self) -> list[dict[str, object]]:
        """All faults, used-up ones included, oldest first."""
        return [fault.document() for fault in self._faults.values()]

    def due(self, kinds: frozenset[str], target: Target) -> list[Fault]:
        """The faults of these kinds that strike this request now; each is counted."""
        return [fault for fault in self._faults.values() if fault.kind in kinds and self._strikes(fault, target)]

    def stalls(self, when: str, target: Target) -> list[Fault]:
        """The delays that strike before, or after, execution."""
        found = (f for f in self._faults.values() if f.kind == "stall" and f.texts.get("when", "before") == when)
        return [fault for fault in found if self._strikes(fault, target)]

    def skew_ms(self) -> int:
        """The sum of all clock shifts."""
        return sum(fault.number("skew_ms") for fault in self._faults.values() if fault.kind == "clock_skew")

    def _strikes(self, fault: Fault, target: Target) -> bool:
        if fault.times == 0 or not fault.matches(target):
            return False
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        fault.hits += 1
        if fault.times is not None:
            fault.times -= 1
        return True


def read_fault(wish: Mapping[str, object], fault_id: int) -> Fault:
    """Check a fault's document field by field.

    Raises: FaultError.
    """
    kind = wish.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FaultError(f"kind: {kind!r} must be one of {', '.join(sorted(KINDS))}")
    arguments = _ARGUMENTS.get(kind, {})
    for name in wish:
        if name not in _COMMON and name not in arguments:
            allowed = ", ".join(sorted(_COMMON | arguments.keys()))
            raise FaultError(f"{name}: unknown field for {kind}; allowed are {allowed}")
    fault = Fault(fault_id, kind, _read_target(wish), _read_times(wish), _read_probability(wish))
    for name, wanted in arguments.items():
        if name in wish:
            _read_argument(fault, name, wish[name], wanted)
    needed = _NEEDED.get(kind)
    if needed and needed not in fault.numbers:
        raise FaultError(f"{needed}: {kind} needs it")
    return fault


def _read_target(wish: Mapping[str, object]) -> dict[str, str]:
    target = {}
    for name in _TARGET:
        value = wish.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise FaultError(f"{name}: {value!r} must be a text")
        target[name] = value.upper() if name == "method" else value
    return target


def _read_times(wish: Mapping[str, object]) -> int | None:
    times = wish.get("times", 1)
    if times is None:
        return None
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise FaultError(f"times: {times!r} must be a whole number above zero, or null")
    return times


def _read_probability(wish: Mapping[str, object]) -> float:
    value = wish.get("probability", 1)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise FaultError(f"probability: {value!r} must be a number from 0 to 1")
    return float(value)


def _read_argument(fault: Fault, name: str, value: object, wanted: type) -> None:
    if wanted is str and isinstance(value, str):
        if name == "when" and value not in ("before", "after"):
            raise FaultError(f"when: {value!r} must be before or after")
        fault.texts[name] = value
        return
    if (
        wanted is int
        and isinstance(value, int)
        and not isinstance(value, bool)
        and (value >= 0 or name in ("skew_ms", "code"))
    ):
        fault.numbers[name] = value
        return
    raise FaultError(f"{name}: {value!r} must be {'a text' if wanted is str else 'a whole number of zero or more'}")
