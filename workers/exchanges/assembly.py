"""Puts an account's way to its exchange together: record → gate → classify → sign → transport."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from urllib3.util import parse_url

from router.errors import ConfigurationError
from workers.calls.classify import Classify
from workers.calls.dispatch import Dispatch
from workers.calls.endpoint import Call
from workers.calls.gate import Gate
from workers.calls.gatekeeper import Gatekeeper
from workers.calls.pipeline import Proceed, Step, through
from workers.calls.record import Record
from workers.calls.sign import Sign
from workers.calls.tariff import Payer, Tariff
from workers.calls.transport import Route, Transport
from workers.exchanges.base import BaseExchange
from workers.exchanges.common import Common
from workers.exchanges.line import Area, Line
from workers.settings import AccountSettings, Environment

T = TypeVar("T")


def assemble(
    kind: type[BaseExchange], account: AccountSettings, gatekeeper: Gatekeeper, common: Common
) -> BaseExchange:
    """Build the exchange. Raises: ConfigurationError when the account belongs to another one or has no address."""
    if account.exchange != kind.name:
        raise ConfigurationError.because(f"accounts.{account.name}.exchange", account.exchange, f"this is {kind.name}")
    clock = common.clock
    tariff = Tariff(_payer(account), clock, common.limits)
    sign = Sign(kind.signer(account), clock, account.receive_window_ms)
    transports, ends = {}, {}
    for area, part in {"": Area(kind.hosts, kind.dialect), **kind.areas}.items():
        route = _route(kind, account, part)
        transports[area] = Transport(route, common.connections(route.base_url, route.proxy))
        ends[area] = Classify(part.dialect, clock.now_ms, Dispatch(sign, transports[area]))
    steps: list[Step] = [
        Record(kind.name, account.name),  # outermost: it also sees what was refused before it was sent
        Gate(gatekeeper, tariff.passage, tariff.report),  # takes the cost, reports what was learned
    ]
    send = through(steps, by_area(ends))  # the steps above see our errors only
    tended = {area: transport.tended for area, transport in transports.items()}
    line = Line(send, tariff, clock, lambda: _close(transports.values()), tended, common.prices)
    exchange = kind(account, line, common.instruments)
    common.instruments = exchange.instruments
    return exchange


def by_area(ends: Mapping[str, Proceed]) -> Proceed:
    """Sends each call to the part of the exchange it belongs to."""

    def send(call: Call[T], /) -> T:
        return ends[call.endpoint.area](call)

    return send


def _close(transports: Iterable[Transport]) -> None:
    for transport in transports:
        transport.close()


def _payer(account: AccountSettings) -> Payer:
    host = parse_url(account.base_url).netloc if account.base_url else None
    return Payer(
        exchange=account.exchange,
        environment=account.environment,
        account=account.name,
        egress=account.egress,
        share=account.budget_share,
        host=host or "",
        orders_per_minute=account.guards.orders_per_minute,
    )


def _route(kind: type[BaseExchange], account: AccountSettings, area: Area) -> Route:
    base_url = account.base_url or area.hosts.get(account.environment)
    if base_url is None:
        field, known = f"accounts.{account.name}.environment", ", ".join(area.hosts)
        raise ConfigurationError.because(field, str(account.environment), f"{kind.name} has {known}")
    safe = (Environment.LIVE, Environment.DEMO) if kind.demo_by_header else (Environment.LIVE,)
    if account.environment not in safe and parse_url(base_url).host in kind.live_hosts:
        rule = f"is where real money trades, but environment is {account.environment}"
        raise ConfigurationError.because(f"accounts.{account.name}.base_url", base_url, rule)
    proxy = None if account.proxy is None else account.proxy.get_secret_value()
    return Route(base_url, proxy, account.connect_timeout_seconds, account.timeout_seconds)
