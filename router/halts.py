"""The kill switch: what is halted, by whom, why and since when; set and lifted here, obeyed by the gate."""

from __future__ import annotations

import getpass
import json
import os
import socket
from abc import ABC
from typing import Any

import redis
from pydantic import ConfigDict

from router.catalog import Catalog
from router.connection import answering
from router.errors import InvalidCommand, UnknownAccount, UnknownExchange, UnknownSymbol
from router.journal import Journal
from router.keys import Keys
from router.models import Model
from router.settings import RouterSettings
from router.symbols import Symbol

ALL = "all"
_EVENTS_KEPT = 100_000
_LONGEST_REASON, _LONGEST_NAME = 500, 100


class Halt(Model):
    """An order of a person's to send no new orders.

    ``what`` is all, exchange:NAME, account:NAME or symbol:EXCHANGE:SYMBOL; ``since_ms`` is on Redis' clock.
    ``stood_before`` says that it was halted already: the first halt stands, with its reason.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    what: str
    by: str
    why: str
    since_ms: int
    stood_before: bool = False


class Halts:
    """The halts that stand in one Redis. Raises: redis.RedisError from every method."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def all(self) -> list[Halt]:
        """Those that stand, the oldest first."""
        rows: dict[Any, Any] = self._client.hgetall(self._keys.halts)
        return sorted((_read(name.decode(), row) for name, row in rows.items()), key=lambda halt: halt.since_ms)

    def set(self, what: str, by: str, why: str) -> Halt:
        """Halt, and tell the event stream; what is halted already stays as it is, since its first moment."""

        def change(pipeline: Any) -> Halt:  # noqa: ANN401 - redis-py's, whose replies have no types
            standing = pipeline.hget(self._keys.halts, what)
            if standing is not None:
                return _read(what, standing).model_copy(update={"stood_before": True})
            seconds, microseconds = pipeline.time()
            halt = Halt(what=what, by=by, why=why, since_ms=seconds * 1_000 + microseconds // 1_000)
            pipeline.multi()
            pipeline.hset(self._keys.halts, what, halt.model_dump_json(include={"by", "why", "since_ms"}))
            self._tell(pipeline, "halted", {"what": what, "why": why, "since_ms": halt.since_ms}, by)
            return halt

        halt: Halt = self._change(change)
        return halt

    def lift(self, what: str, by: str, why: str) -> Halt | None:
        """Resume, and tell the event stream. Returns: the halt that stood, None when there was none."""

        def change(pipeline: Any) -> Halt | None:  # noqa: ANN401 - the same
            standing = pipeline.hget(self._keys.halts, what)
            if standing is None:
                return None
            halt = _read(what, standing)
            pipeline.multi()
            pipeline.hdel(self._keys.halts, what)
            self._tell(pipeline, "resumed", {"what": what, "why": why, "since_ms": halt.since_ms}, by)
            return halt

        lifted: Halt | None = self._change(change)
        return lifted

    def _change(self, change: Any) -> Any:  # noqa: ANN401 - whatever the change returns
        """Run a change as one MULTI; anew, when somebody else changed the halts in between."""
        return self._client.transaction(change, self._keys.halts, value_from_callable=True)

    def _tell(self, pipeline: Any, state: str, detail: dict[str, object], by: str) -> None:  # noqa: ANN401 - the same
        event = {"id": "", "state": state, "detail": json.dumps(detail), "by": by}
        pipeline.xadd(self._keys.events, event, maxlen=_EVENTS_KEPT, approximate=True)


class Halting(ABC):
    """Halts and resumes; the rest of the router's face is elsewhere.

    A halt holds for every worker's very next call. New orders and amendments then end as failed, with the halt's
    reason; cancels and reads pass.
    """

    settings: RouterSettings
    journal: Journal
    catalog: Catalog

    def halt(
        self, reason: str, *, by: str | None = None,
        exchange: str | None = None, account: str | None = None, symbol: Symbol | str | None = None,
    ) -> Halt:  # fmt: skip
        """Send no new orders: of an ``exchange``, of an ``account``, of a ``symbol`` on an exchange, or none at all.

        ``by`` is user@host unless given. Returns: the halt that stands, which is an earlier one if there was one.
        Raises: InvalidCommand; UnknownExchange, UnknownAccount or UnknownSymbol, since what nobody serves cannot be
        halted and a slip of the pen must not look like a halt; QueueUnavailable.
        """
        what = _named(exchange, account, symbol)
        why, who = _text("reason", reason, _LONGEST_REASON), _text("by", by or _whoever(), _LONGEST_NAME)
        with answering(self.settings):
            self._check(exchange, account, symbol)
            return self._halts.set(what, who, why)

    def resume(
        self, reason: str = "", *, by: str | None = None,
        exchange: str | None = None, account: str | None = None, symbol: Symbol | str | None = None,
    ) -> Halt:  # fmt: skip
        """Lift the halt of exactly that; other halts stay. Returns: the halt that stood.

        Raises: InvalidCommand, naming what is halted, when that is not; QueueUnavailable.
        """
        what = _named(exchange, account, symbol)
        who = _text("by", by or _whoever(), _LONGEST_NAME)
        with answering(self.settings):
            lifted = self._halts.lift(what, who, reason.strip()[:_LONGEST_REASON])
            if lifted is None:
                others = ", ".join(halt.what for halt in self._halts.all()) or "nothing"
                raise InvalidCommand.because("halt", what, f"is not halted; halted now: {others}")
        return lifted

    def halts(self) -> list[Halt]:
        """The halts that stand, the oldest first. Raises: QueueUnavailable."""
        with answering(self.settings):
            return self._halts.all()

    @property
    def _halts(self) -> Halts:
        return Halts(self.journal.client, self.journal.keys)

    def _check(self, exchange: str | None, account: str | None, symbol: Symbol | str | None) -> None:
        if exchange is not None and exchange not in (known := self.catalog.exchanges()):
            raise UnknownExchange.because("exchange", exchange, f"must be one of {', '.join(known)}")
        if account is not None and self.catalog.find_account(account) is None:
            served = ", ".join(sorted(self.catalog.accounts())) or "(none served yet)"
            raise UnknownAccount.because("account", account, f"must be one of {served}")
        if exchange is not None and symbol is not None and not self.catalog.lists(exchange, _symbol(symbol)):
            rule = f"is not listed on {exchange} as far as its workers have told; the whole exchange can be halted"
            raise UnknownSymbol.because("symbol", str(symbol), rule)


def _named(exchange: str | None, account: str | None, symbol: Symbol | str | None) -> str:
    """The name under which it is halted. Raises: InvalidCommand for names that do not go together."""
    if account is not None and (exchange is not None or symbol is not None):
        rule = "stands alone: its name is known once, and halting it halts all that it trades"
        raise InvalidCommand.because("account", account, rule)
    if symbol is not None:
        if exchange is None:
            raise InvalidCommand.because("symbol", str(symbol), "needs its exchange")
        return f"symbol:{exchange}:{_symbol(symbol)}"
    if exchange is not None:
        return f"exchange:{exchange}"
    return ALL if account is None else f"account:{account}"


def _symbol(symbol: Symbol | str) -> Symbol:
    try:
        return Symbol.parse(symbol) if isinstance(symbol, str) else symbol
    except ValueError as error:
        raise InvalidCommand.because("symbol", symbol, str(error)) from None


def _text(field: str, text: str, longest: int) -> str:
    told = text.strip()
    if not 0 < len(told) <= longest:
        rule = f"must be 1 to {longest} characters: whoever finds it halted wants to know"
        raise InvalidCommand.because(field, told, rule)
    return told


def _whoever() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"[:_LONGEST_NAME]


def _read(what: str, row: bytes) -> Halt:
    """A halt as it is stored. One that cannot be read was set by other means, and is a halt all the same."""
    try:
        return Halt.model_validate({**json.loads(row), "what": what})
    except (ValueError, TypeError):
        return Halt(what=what, by="(unknown)", why=row.decode(errors="replace"), since_ms=0)
