"""An exchange's markets, kept in memory: found by symbol and by the exchange's spelling, read anew when old."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import monotonic

from router.errors import ErrorKind, Problem, RouterError, UnknownSymbol
from router.instruments import Instrument
from router.symbols import Symbol
from workers.calls.endpoint import Budget

logger = logging.getLogger("pointsman.exchanges")
_OLD_SECONDS = 3_600.0
_MISS_SECONDS = 60.0  # how old a listing must be before a miss is worth another look


@dataclass(frozen=True)
class Listing:
    """What one read of the exchange's rules brought: a market's instrument is built when it is first asked for.

    ``spellings`` is complete, so that whatever an exchange reports can be named in our words. ``part`` names what was
    read, where an exchange tells its markets in several parts: a spelling is unique within one of them.
    """

    spellings: Mapping[str, Symbol]
    build: Callable[[Symbol], Instrument]
    limits: Mapping[Budget, int] = field(default_factory=dict)
    part: str = ""


class Instruments:
    """The cache. Thread-safe; a refresh that fails leaves what is known in place.

    ``reads`` are the parts. One that cannot be read keeps none of the others from being traded.
    """

    def __init__(self, *reads: Callable[[], Listing]) -> None:
        self._reads = reads
        self._lock = Lock()
        self._parts: dict[str, Listing] = {}
        self._missing: RouterError | None = None  # why some part was never read
        self._built: dict[Symbol, Instrument] = {}
        self._part_of: dict[Symbol, Listing] = {}
        self._read_at = 0.0

    def get(self, symbol: Symbol) -> Instrument:
        """One market's rules. Raises: UnknownSymbol; what a read raises when its rules may not be known yet."""
        self._look()
        built = self._built.get(symbol)
        if built is not None:
            return built
        if symbol not in self._part_of:
            self.refresh(older_than=_MISS_SECONDS)
        part = self._part_of.get(symbol)
        if part is None:
            raise self._why_not(symbol)
        return self._built.setdefault(symbol, part.build(symbol))

    def symbol(self, spelling: str, part: str = "") -> Symbol:
        """The symbol an exchange spells so, in one of its parts. Raises: ValueError when it lists no such market."""
        self._look()
        if spelling not in self._spellings(part):
            self.refresh(older_than=_MISS_SECONDS)
        try:
            return self._spellings(part)[spelling]
        except KeyError:
            raise ValueError(f"the exchange lists no market {spelling}") from None

    def all(self) -> list[Instrument]:
        """Every market's rules."""
        self._look()
        return [self.get(symbol) for symbol in sorted(self._part_of, key=str)]

    def refresh(self, older_than: float = 0.0) -> None:
        """Read the rules again unless they are younger than ``older_than`` seconds.

        Raises: what a read raises, when no part could be read.
        """
        with self._lock:
            if not self._parts or monotonic() - self._read_at >= older_than:
                self._take(*self._read())

    def _read(self) -> list[Listing]:
        """Every part that can be read now."""
        found, troubles = [], []
        for read in self._reads:
            try:
                found.append(read())
            except RouterError as trouble:
                troubles.append(trouble)
        if not found:
            raise troubles[0]
        if troubles:
            logger.warning("parts of an exchange's markets could not be read: %s", "; ".join(map(str, troubles)))
        complete = len(self._parts.keys() | {each.part for each in found}) == len(self._reads)
        self._missing = None if complete else troubles[0]
        return found

    def _why_not(self, symbol: Symbol) -> RouterError:
        missing = self._missing
        return _unknown(symbol, frozenset(self._part_of)) if missing is None else type(missing)(missing.problem)

    def _spellings(self, part: str) -> Mapping[str, Symbol]:
        listing = self._parts.get(part)
        return {} if listing is None else listing.spellings

    def _look(self) -> None:
        """Read what was never read; read anew what is old."""
        if not self._parts:
            self.refresh(older_than=_MISS_SECONDS)
        elif monotonic() - self._read_at > _OLD_SECONDS:
            self._refresh_aside()

    def _refresh_aside(self) -> None:
        """Read anew beside the order that noticed: it must not wait for megabytes of rules."""
        self._read_at = monotonic() - _OLD_SECONDS + _MISS_SECONDS  # the next try, should this one fail
        Thread(target=self.renew, name="pointsman-instruments", daemon=True).start()

    def renew(self, older_than: float = 0.0) -> None:
        """Refresh if that is possible now; what is known stays if it is not."""
        try:
            self.refresh(older_than)
        except RouterError as error:
            logger.warning("instruments could not be read anew, the known ones stay: %s", error)

    def _take(self, *listings: Listing) -> None:
        parts = {**self._parts, **{each.part: each for each in listings}}
        part_of = {symbol: each for each in parts.values() for symbol in each.spellings.values()}
        self._parts, self._part_of, self._built = parts, part_of, {}
        self._read_at = monotonic()


def _unknown(symbol: Symbol, known: frozenset[Symbol]) -> UnknownSymbol:
    near = sorted(str(other) for other in known if other.base == symbol.base)[:5]
    rule = "is not listed" + (f"; {symbol.base} trades as {', '.join(near)}" if near else "")
    text = str(symbol)
    problem = Problem(
        kind=ErrorKind.UNKNOWN_SYMBOL, message=f"symbol '{text}': {rule}", field="symbol", value=text, rule=rule
    )
    return UnknownSymbol(problem)
