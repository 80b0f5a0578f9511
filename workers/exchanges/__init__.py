"""The exchanges by name, and the one place where a call's steps are put together."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from router.errors import ErrorKind, Problem, UnknownExchange

if TYPE_CHECKING:
    from workers.calls.gatekeeper import Gatekeeper
    from workers.exchanges.base import BaseExchange
    from workers.exchanges.common import Common
    from workers.settings import AccountSettings

ENTRY_POINTS = "pointsman.exchanges"
_OWN = {
    "binance": "workers.exchanges.binance.exchange:BinanceExchange",
    "bybit": "workers.exchanges.bybit.exchange:BybitExchange",
    "okx": "workers.exchanges.okx.exchange:OkxExchange",
}


def exchange_names() -> list[str]:
    """Every exchange that is built in or installed."""
    return sorted({*_OWN, *(entry.name for entry in entry_points(group=ENTRY_POINTS))})


def get_exchange(
    name: str, account: AccountSettings, gatekeeper: Gatekeeper | None = None, common: Common | None = None
) -> BaseExchange:
    """One account of an exchange, not yet connected.

    Without a gatekeeper, limits are kept inside this process, in common for all such exchanges. ``common`` is what
    the accounts of one exchange environment share; without it, the account has a clock and rules of its own.

    Raises: UnknownExchange listing the known names; ConfigurationError for an account of another exchange.
    """
    kind = exchange_class(name)
    from workers.exchanges.assembly import assemble  # noqa: PLC0415 - what loads HTTP is not needed to read a name
    from workers.exchanges.common import Common  # noqa: PLC0415 - as above

    return assemble(kind, account, gatekeeper or _process_gate(), common or Common())


def exchange_class(name: str) -> type[BaseExchange]:
    """The class that speaks with an exchange. Raises: UnknownExchange listing the known names."""
    if name in _OWN:
        module, _, attribute = _OWN[name].partition(":")
        found: type[BaseExchange] = getattr(import_module(module), attribute)
        return found
    for entry in entry_points(group=ENTRY_POINTS, name=name):
        installed: type[BaseExchange] = entry.load()
        return installed
    rule = f"must be one of {', '.join(exchange_names())}"
    raise UnknownExchange(
        Problem(
            kind=ErrorKind.UNKNOWN_EXCHANGE,
            message=f"exchange '{name}': {rule}",
            field="exchange",
            value=name,
            rule=rule,
        )
    )


@cache
def _process_gate() -> Gatekeeper:
    from workers.calls.local_gate import LocalGate  # noqa: PLC0415 - as above

    return LocalGate()
