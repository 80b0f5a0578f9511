"""The control API under `/_sim`: not signed, not limited, never a secret in an answer."""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from simulator.amounts import parse, render
from simulator.faults import FaultError
from simulator.funding import pay_funding
from simulator.http import Ask, Reply, json_reply
from simulator.instruments import Kind
from simulator.ledger import Query
from simulator.market import Market
from simulator.order_count import RuleError, read_rule
from simulator.world import World

PREFIX = "/_sim/"


class Bad(ValueError):
    """A control request that makes no sense; the message names field, value and rule."""


class Control:
    """Answers control requests."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes: dict[tuple[str, str], Callable[[Ask], Reply]] = {
            ("GET", "/_sim/health"): self._health,
            ("GET", "/_sim/ledger"): self._ledger,
            ("GET", "/_sim/accounts"): self._accounts,
            ("GET", "/_sim/faults"): self._list_faults,
            ("POST", "/_sim/faults"): self._add_faults,
            ("DELETE", "/_sim/faults"): self._clear_faults,
            ("GET", "/_sim/limits"): self._show_limits,
            ("POST", "/_sim/limits"): self._set_limits,
            ("DELETE", "/_sim/limits"): self._restore_limits,
            ("POST", "/_sim/reset"): self._reset,
            ("POST", "/_sim/price"): self._price,
            ("POST", "/_sim/deposit"): self._deposit,
            ("POST", "/_sim/funding"): self._funding,
        }

    def answer(self, ask: Ask) -> Reply:
        """Answer one request; 400 with the reason when it makes no sense, 404 for an unknown path."""
        self._world.tick()
        route = self._routes.get((ask.method, ask.path), self._own(ask))
        if route is None:
            known = sorted(f"{method} {path}" for method, path in self._routes)
            return json_reply({"error": f"{ask.method} {ask.path} is none of: {', '.join(known)}"}, 404)
        try:
            return route(ask)
        except (Bad, FaultError, RuleError) as error:
            return json_reply({"error": str(error)}, 400)

    def _own(self, ask: Ask) -> Callable[[Ask], Reply] | None:
        """A dialect's own settings: GET shows them, POST changes them."""
        setter = self._world.controls.get(ask.path.removeprefix(PREFIX))
        if setter is None or ask.method not in ("GET", "POST"):
            return None

        def answer(ask: Ask) -> Reply:
            wish = _object(_json(ask)) if ask.method == "POST" else {}
            try:
                return json_reply(setter(wish))
            except ValueError as error:
                raise Bad(str(error)) from error

        return answer

    def _health(self, ask: Ask) -> Reply:  # noqa: ARG002 - the shape of a route
        exchanges = sorted({exchange for exchange, _ in self._world.markets})
        return json_reply({"status": "ok", "exchanges": exchanges, "now_ms": self._world.clock.now_ms()})

    def _ledger(self, ask: Ask) -> Reply:
        asked = _query(ask)
        fields = frozenset(asked["fields"].split(",")) if asked.get("fields") else frozenset[str]()
        unknown = sorted(fields - {"orders", "trades", "cancels", "algos", "counts"})
        if unknown:
            raise Bad(f"fields: {unknown[0]!r} must be orders, trades, cancels, algos or counts")
        since = asked.get("since_seq", "0")
        if not since.isdecimal():
            raise Bad(f"since_seq: {since!r} must be a whole number")
        query = Query(asked.get("account"), asked.get("client_order_id"), int(since), fields)
        return Reply(200, self._world.ledger.document(query))

    def _accounts(self, ask: Ask) -> Reply:  # noqa: ARG002 - the shape of a route
        found: list[dict[str, object]] = []
        names = [account.name for account in self._world.accounts]
        for (exchange, name), market in self._world.markets.items():
            found.extend(_balances(exchange, name, market, account) for account in [*names, *market.wallets.own()])
        return json_reply({"accounts": found})

    def _list_faults(self, ask: Ask) -> Reply:  # noqa: ARG002 - the shape of a route
        return json_reply({"faults": self._world.faults.documents()})

    def _add_faults(self, ask: Ask) -> Reply:
        wish = _json(ask)
        if not isinstance(wish, list):
            return json_reply({"id": self._world.faults.add(_object(wish))})
        for each in wish:
            self._world.faults.check(_object(each))
        return json_reply({"id": [self._world.faults.add(_object(each)) for each in wish]})

    def _clear_faults(self, ask: Ask) -> Reply:
        number = _query(ask).get("id")
        if number is None:
            return json_reply({"cleared": self._world.faults.clear()})
        if not number.isdecimal():
            raise Bad(f"id: {number!r} must be a whole number")
        cleared = self._world.faults.clear(int(number))
        if not cleared:
            return json_reply({"error": f"id: {number} is no fault in force"}, 404)
        return json_reply({"cleared": cleared})

    def _show_limits(self, ask: Ask) -> Reply:  # noqa: ARG002 - the shape of a route
        found: dict[str, object] = {name: report() for name, report in self._world.limit_reports.items()}
        return json_reply({**found, "now_us": self._world.clock.now_us()})

    def _set_limits(self, ask: Ask) -> Reply:
        wish = _object(_json(ask))
        unknown = sorted(wish.keys() - {"exchange", "orders"})
        if unknown:
            raise Bad(f"{unknown[0]}: unknown field; allowed are exchange, orders")
        self._world.limit_orders(self._exchange(wish), read_rule(wish.get("orders")))
        return self._show_limits(ask)

    def _restore_limits(self, ask: Ask) -> Reply:
        self._world.limit_orders(self._exchange(dict(_query(ask))), None)
        return self._show_limits(ask)

    def _exchange(self, wish: dict[str, object]) -> str:
        """The `exchange` whose limits are meant, Binance unless it says otherwise."""
        name, known = wish.get("exchange", "binance"), self._world.on_limits
        if not isinstance(name, str) or name not in known:
            raise Bad(f"exchange: {name!r} must be one of {', '.join(known)}")
        return name

    def _reset(self, ask: Ask) -> Reply:
        wish = _object(_json(ask)) if ask.body else {}
        seed = wish.get("seed", self._world.seed)
        if not isinstance(seed, int) or isinstance(seed, bool):
            raise Bad(f"seed: {seed!r} must be a whole number")
        self._world.reset(seed)
        return json_reply({"seed": seed})

    def _price(self, ask: Ask) -> Reply:
        wish = _object(_json(ask))
        market = self._market(wish)
        instrument = market.instruments.get(_text(wish, "symbol"))
        if instrument is None:
            raise Bad(f"symbol: {wish['symbol']!r} must be one of {', '.join(market.instruments)}")
        price = _amount(wish, "price")
        if price % instrument.tick or not instrument.min_price < price <= instrument.max_price:
            raise Bad(f"price: {wish['price']!r} must be on the tick and within the bounds of {instrument.symbol}")
        market.move(instrument.symbol, price)
        return json_reply({"symbol": instrument.symbol, "price": render(price)})

    def _funding(self, ask: Ask) -> Reply:
        wish = _object(_json(ask))
        market = self._market(wish)
        symbol, rate = _text(wish, "symbol"), _text(wish, "rate")
        instrument = market.instruments.get(symbol)
        if instrument is None or instrument.kind not in (Kind.LINEAR, Kind.INVERSE) or instrument.expiry_ms:
            raise Bad(f"symbol: {symbol!r} must be a perpetual of this market")
        sign = -1 if rate.startswith("-") else 1
        try:
            paid = pay_funding(market, symbol, sign * parse(rate.removeprefix("-")))
        except ValueError as error:
            raise Bad(f'rate: {rate!r} must be a plain decimal in quotes, such as "0.0001" or "-0.0001"') from error
        return json_reply({"symbol": symbol, "rate": rate, "positions": paid})

    def _deposit(self, ask: Ask) -> Reply:
        wish = _object(_json(ask))
        account, asset = _text(wish, "account"), _text(wish, "asset")
        if account not in {each.name for each in self._world.accounts}:
            raise Bad(f"account: {account!r} is none of the accounts")
        market = self._market(wish)
        market.deposit(account, asset, _amount(wish, "amount"))
        return json_reply({"account": account, "asset": asset, "free": render(market.wallet(account).free[asset])})

    def _market(self, wish: dict[str, object]) -> Market:
        """The market of `exchange` and `market`, Binance spot unless they say otherwise."""
        key = (str(wish.get("exchange", "binance")), str(wish.get("market", "spot")))
        if key not in self._world.markets:
            known = ", ".join("/".join(each) for each in self._world.markets)
            raise Bad(f"exchange: {'/'.join(key)!r} must be one of {known}")
        return self._world.markets[key]


def _balances(exchange: str, name: str, market: Market, account: str) -> dict[str, object]:
    wallet = market.wallet(account)
    assets = {
        asset: {"free": render(wallet.free.get(asset, 0)), "locked": render(wallet.locked.get(asset, 0))}
        for asset in wallet.assets()
    }
    document: dict[str, object] = {"name": account, "exchange": exchange, "market": name, "balances": assets}
    if not market.listing.spot:
        document["positions"] = [
            {
                "symbol": each.instrument.symbol,
                "side": each.side,
                "isolated": each.isolated,
                "quantity": render(each.quantity),
                "entry_price": render(each.entry_price),
                "unrealised": render(each.unrealised(market.pool.mark(each.instrument))),
            }
            for each in market.positions.of(account)
            if each.quantity and market.instruments.get(each.instrument.symbol) is each.instrument
        ]
    return document


def _query(ask: Ask) -> dict[str, str]:
    return dict(parse_qsl(ask.query, keep_blank_values=True))


def _json(ask: Ask) -> object:
    try:
        return json.loads(ask.body)
    except ValueError as error:
        raise Bad(f"body: must be JSON: {error}") from error


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Bad(f"body: {value!r} must be a JSON object")
    return value


def _text(wish: dict[str, object], name: str) -> str:
    value = wish.get(name)
    if not isinstance(value, str) or not value:
        raise Bad(f"{name}: {value!r} must be a text")
    return value


def _amount(wish: dict[str, object], name: str) -> int:
    value = wish.get(name)
    try:
        amount = parse(str(value))
    except ValueError as error:
        raise Bad(f"{name}: {value!r} must be a plain decimal above zero") from error
    if not amount:
        raise Bad(f"{name}: {value!r} must be above zero")
    return amount
