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

    ``spellings`` is complete, so that whatever an exchange reports can be named in our words.
    """

    spellings: Mapping[str, Symbol]
    build: Callable[[Symbol], Instrument]
    limits: Mapping[Budget, int] = field(default_factory=dict)


class Instruments:
    """The cache. Thread-safe; a refresh that fails leaves what is known in place."""

    def __init__(self, read: Callable[[], Listing]) -> None:
        self._read = read
        self._lock = Lock()
        self._listing: Listing | None = None
        self._built: dict[Symbol, Instrument] = {}
        self._spelled: dict[str, Symbol] = {}
        self._known: frozenset[Symbol] = frozenset()
        self._read_at = 0.0

    def get(self, symbol: Symbol) -> Instrument:
        """One market's rules. Raises: UnknownSymbol; what a read raises when no rules are known yet."""
        listing = self._current()
        built = self._built.get(symbol)
        if built is not None:
            return built
        if symbol not in self._known:
            listing = self.refresh(older_than=_MISS_SECONDS)
        if symbol not in self._known:
            raise _unknown(symbol, self._known)
        return self._built.setdefault(symbol, listing.build(symbol))

    def symbol(self, spelling: str) -> Symbol:
        """The symbol an exchange spells so. Raises: ValueError when it lists no such market."""
        self._current()
        if spelling not in self._spelled:
            self.refresh(older_than=_MISS_SECONDS)
        try:
            return self._spelled[spelling]
        except KeyError:
            raise ValueError(f"the exchange lists no market {spelling}") from None

    def all(self) -> list[Instrument]:
        """Every market's rules."""
        self._current()
        return [self.get(symbol) for symbol in sorted(self._known, key=str)]

    def refresh(self, older_than: float = 0.0) -> Listing:
        """Read the rules again unless they are younger than ``older_than`` seconds."""
        with self._lock:
            listing = self._listing
            if listing is None or monotonic() - self._read_at >= older_than:
                listing = self._take(self._read())
            return listing

    def _current(self) -> Listing:
        listing = self._listing
        if listing is None:
            return self.refresh(older_than=_MISS_SECONDS)
        if monotonic() - self._read_at > _OLD_SECONDS:
            self._refresh_aside()
        return listing

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

    def _take(self, listing: Listing) -> Listing:
        self._built = {}
        self._spelled = dict(listing.spellings)
        self._known = frozenset(listing.spellings.values())
        self._listing, self._read_at = listing, monotonic()
        return listing


def _unknown(symbol: Symbol, known: frozenset[Symbol]) -> UnknownSymbol:
    near = sorted(str(other) for other in known if other.base == symbol.base)[:5]
    rule = "is not listed" + (f"; {symbol.base} trades as {', '.join(near)}" if near else "")
    text = str(symbol)
    problem = Problem(
        kind=ErrorKind.UNKNOWN_SYMBOL, message=f"symbol '{text}': {rule}", field="symbol", value=text, rule=rule
    )
    return UnknownSymbol(problem)
