"""An intent: what a trader wants, in our words, as both sides are then asked for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

from router.commands import AnyCommand, new_order, read_command
from router.instruments import Instrument
from router.terms import PositionMode
from workers.exchanges.okx.modes import Mode

ACCOUNT = "sim-2"
ORDER_ID, ALGO_ID = "4611875134427365377", "algo-4611875134427365378"
SIDES = ("buy", "sell")
FORCES = ("GTC", "IOC", "FOK")
ONE_WAY = Mode(2, PositionMode.ONE_WAY)
HEDGE = Mode(2, PositionMode.HEDGE)


@dataclass(frozen=True)
class Intent:
    """``name`` is ``market/what/details``. Several commands are one batch. ``mode`` is how the account trades (OKX)."""

    name: str
    commands: tuple[AnyCommand, ...]
    mode: Mode = ONE_WAY

    @property
    def ids(self) -> frozenset[str]:
        """The client order ids that are part of what is asked."""
        found = (getattr(command, "client_order_id", None) for command in self.commands)
        return frozenset(each for each in found if each)


@dataclass(frozen=True)
class Desk:
    """Makes intents on one market: ``price`` and ``size`` are an order's that its filters allow."""

    exchange: str
    instrument: Instrument
    price: str
    size: str
    mode: Mode = ONE_WAY
    tag: str = ""

    @property
    def symbol(self) -> str:
        return str(self.instrument.symbol)

    @property
    def market(self) -> str:
        return self.tag or self.instrument.symbol.market

    def order(self, type: str = "limit", **fields: Any) -> AnyCommand:  # noqa: A002, ANN401 - as callers write it
        """Without a value a field is left out, also one that has a default here."""
        common = {"exchange": self.exchange, "account": ACCOUNT, "symbol": self.symbol, "side": "buy"}
        sized = {"quantity": self.size, "client_order_id": "own1"}
        priced = {"price": self.price} if type.endswith("limit") else {}
        wanted = {**common, **sized, **priced, **fields}
        return new_order(type, **{name: value for name, value in wanted.items() if value is not None})

    def command(self, kind: str, *, anywhere: bool = False, **fields: Any) -> AnyCommand:  # noqa: ANN401 - the same
        about = {} if anywhere else {"symbol": self.symbol}
        return read_command({"kind": kind, "exchange": self.exchange, "account": ACCOUNT, **about, **fields})

    def intent(self, what: str, *commands: AnyCommand) -> Intent:
        return Intent(f"{self.market}/{what}", commands, self.mode)

    def orders(self, what: str, type: str = "limit", **choices: Sequence[Any]) -> Iterator[Intent]:  # noqa: A002
        """One order for each combination of these choices."""
        for values in product(*choices.values()):
            fields = dict(zip(choices, values, strict=True))
            details = ",".join(f"{name}={value}" for name, value in fields.items())
            yield self.intent(f"{what}/{type}:{details}", self.order(type, **fields))

    def boundaries(self) -> Iterator[Intent]:
        """Prices and quantities at each filter's bound, between two steps, and a step to either side."""
        sizes, prices = self.instrument.quantity, self.instrument.price
        for what, steps, usual in (("quantity", sizes, self.size), ("price", prices, self.price)):
            step = steps.step_at(Decimal(usual))
            least, most, some = steps.minimum or step, steps.maximum, Decimal(usual)
            places = {"least": least, "above least": least + step, "below least": least - step, "half": some + step / 2}
            places |= {"a step more": some + step, "many places": some + step / 1_000}
            if most:
                places |= {"most": most, "below most": most - step, "above most": most + step}
            for where, value in places.items():
                if value > 0:
                    yield self.intent(f"boundary/{what}:{where}", self.order(**{what: f"{value.normalize():f}"}))

    def named(self, kind: str, **fields: Any) -> Iterator[Intent]:  # noqa: ANN401 - the same
        """A command about one order, by its id and by its client order id."""
        for name, value in (("order_id", ORDER_ID), ("client_order_id", "own1")):
            details = "".join(f",{field}={text}" for field, text in fields.items())
            yield self.intent(f"{kind}/{name}{details}", self.command(kind, **{name: value, **fields}))

    def asked(self, kind: str, *, anywhere: bool = False, **fields: Any) -> Intent:  # noqa: ANN401 - the same
        details = ",".join(f"{name}={value}" for name, value in fields.items())
        return self.intent(
            f"{kind}/{'all' if anywhere else 'one'}:{details}", self.command(kind, anywhere=anywhere, **fields)
        )

    def batch(self, count: int) -> Iterator[Intent]:
        orders = [self.order(client_order_id=f"own{number}", side=SIDES[number % 2]) for number in range(count)]
        yield self.intent(f"batch/place:{count}", *orders)
        yield from self.cancels(count)

    def cancels(self, count: int) -> Iterator[Intent]:
        for field in ("order_id", "client_order_id"):
            names = [
                f"{ORDER_ID[:-2]}{number:02}" if field == "order_id" else f"own{number}" for number in range(count)
            ]
            cancels = [self.command("cancel_order", anywhere=False, **{field: name}) for name in names]
            yield self.intent(f"batch/cancel:{count},{field}", *cancels)
