"""Binance's side of the server: from a request to a reply."""

from collections.abc import Mapping

from simulator.accounts import Account
from simulator.binance import errors, signature
from simulator.binance.call import MICROSECONDS, MILLISECONDS, Call
from simulator.binance.errors import ApiError
from simulator.binance.limits import Limits
from simulator.binance.params import Params
from simulator.binance.routes import ALWAYS, GONE, ROUTES, Route
from simulator.binance.timing import Window, read_window
from simulator.faults import Target
from simulator.http import HTML, Ask, Reply, json_reply
from simulator.market import Market
from simulator.world import World

NAME = "binance"
_UNKNOWN_KEY = "Invalid API-key, IP, or permissions for action."


class Binance:
    """The dialect of spot, on `/api/v3` and `/sapi`; futures inherit the way of a request and bring their own parts."""

    name = NAME
    prefixes: tuple[str, ...] = ("/api/v3/", "/sapi/")
    routes: Mapping[tuple[str, str], Route] = ROUTES
    params: type[Params] = Params
    microseconds = True
    limits: Limits
    market: Market

    def __init__(self, world: World) -> None:
        self.world = world
        self.start_over()
        world.on_reset.append(self.start_over)
        self.offer_limits()

    def offer_limits(self) -> None:
        """Let the control API put another limit on orders, and ask what was counted."""
        self.world.on_limits[NAME] = self.start_counting
        self.world.limit_reports[NAME] = self.report

    def start_over(self) -> None:
        """Forget spendings and bans, and follow the world's new market."""
        self.start_counting()
        self.market = self.world.markets[NAME, "spot"]
        self.market.matcher.on_first_fill = lambda order, maker: self.limits.first_fill(order.account, maker=maker)

    def start_counting(self) -> None:
        """Forget spendings and bans, and follow the limits now in force."""
        self.limits = Limits(self.world.clock, self.world.policy, self.world.order_rules.get(NAME))

    def report(self) -> dict[str, object]:
        """What the limits now in force have counted and refused."""
        return self.limits.report()

    def job(self, ask: Ask) -> "Job":
        """Take a request in."""
        return Job(self, ask)

    def failure(self, status: int, code: int | None, message: str) -> Reply:
        """An error body, or an HTML page as a proxy in front would send."""
        if code is None:
            page = (
                f"<html><head><title>{status} {message}</title></head><body><h1>{status} {message}</h1></body></html>"
            )
            return Reply(status, page.encode(), content_type=HTML)
        return json_reply({"code": code, "msg": message}, status)

    def rate_limited(self, job: object, ask: Ask, retry_after_s: int) -> Reply:  # noqa: ARG002 - the shape of a dialect
        """429 as if the weight were used up."""
        text = (
            f"Too much request weight used; current limit is {self.limits.weight.limit} request weight per 1 MINUTE. "
        )
        text += "Please use WebSocket Streams for live updates to avoid polling the API."
        return self.refusal(ask, ApiError(-1003, text, 429, headers={"Retry-After": str(retry_after_s)}))

    def ban(self, ask: Ask, duration_ms: int) -> Reply:
        """418, and for every further request of the address until it ends."""
        now = self.world.clock.now_ms()
        return self.refusal(ask, self.limits.banned(self.limits.bans.impose(ask.peer, duration_ms, now), now))

    def duplicate(self, job: object) -> Reply:  # noqa: ARG002 - the shape of a dialect
        """-2010 Duplicate order sent."""
        return json_reply(errors.duplicate_order().document(), 400)

    def maintenance(self) -> Reply:
        """503 with an HTML page."""
        return self.failure(503, None, "Service Unavailable")

    def always_answers(self, path: str) -> bool:
        """Ping and time."""
        return path in ALWAYS

    def too_late(self) -> ApiError:
        """The refusal of a request whose window has passed when it is about to be executed."""
        return errors.late()

    def refusal(self, ask: Ask, error: ApiError) -> Reply:
        """An error as a reply, counted in the ledger."""
        self.world.ledger.refused[str(error.code)] += 1
        headers = {**self.limits.weight_headers(ask.peer), **error.headers}
        return json_reply(error.document(), error.status, headers)


class Job:
    """One request, in two steps."""

    __slots__ = ("_ask", "_call", "_dialect", "_route", "_weight", "_window", "target")

    def __init__(self, dialect: Binance, ask: Ask) -> None:
        self._dialect = dialect
        self._ask = ask
        self._call: Call | None = None
        self._route: Route | None = None
        self._window: Window | None = None
        self._weight = 0
        self.target = Target(NAME, ask.method, ask.path)

    def begin(self) -> Reply | None:
        """Ban, route, limits, key, time, signature, in this order."""
        ask, dialect = self._ask, self._dialect
        if ask.path in GONE:
            return dialect.failure(410, None, "Gone")
        dialect.world.tick()
        route = self._route = dialect.routes.get((ask.method, ask.path))
        if route is None:
            return dialect.failure(404, None, "Not Found")
        try:
            self._admit(route)
        except ApiError as error:
            return self._failed(error)
        return None

    def finish(self, hidden_us: int = 0) -> Reply:
        """Check the deadline again, execute, answer."""
        route, call = self._route, self._call
        assert route is not None  # noqa: S101 - begin() has set both
        assert call is not None  # noqa: S101
        self._dialect.world.tick()
        call.hidden_us = hidden_us
        call.received_us = call.market.clock.now_us()
        try:
            if self._window is not None and self._window.passed(call.received_us):
                if route.counts_order:
                    call.limits.order_accepted(call.user)
                raise self._dialect.too_late()
            document = route.handler(call)
        except ApiError as error:
            return self._failed(error)
        headers = call.limits.weight_headers(self._ask.peer)
        headers.update(call.headers)
        return json_reply(document, 200, headers)

    def _admit(self, route: Route) -> None:
        ask, dialect = self._ask, self._dialect
        params = dialect.params(ask.query, ask.body)
        cost = route.cost(params)
        dialect.limits.admit(ask.peer, 0 if route.on_failure else cost)
        # From here on a call that is free on success pays when it fails.
        self._weight = cost if route.on_failure else 0
        call = self._call = Call(params, dialect.market, dialect.limits)
        fine = dialect.microseconds and ask.headers.get("X-MBX-TIME-UNIT", "").upper() == "MICROSECOND"
        call.unit = MICROSECONDS if fine else MILLISECONDS
        if route.signed:
            self._identify(call)
        elif route.keyed:
            call.account = self._holder()
        if not dialect.world.faults.quiet:
            self.target = _target(ask, call)

    def _identify(self, call: Call) -> None:
        """Key, mandatory parameters, time, signature. Which of the last two Binance checks first is not documented."""
        self._check_key()
        window = self._window = read_window(call.params)
        given = call.params.need("signature")
        account = self._holder()
        window.check(call.market.clock.now_us())
        self._check_signature(account, given)
        call.account = account
        call.timestamp_us, call.window_us = window.timestamp_us, window.length_us

    def _check_key(self) -> str:
        key = self._ask.headers.get("X-MBX-APIKEY", "")
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ApiError(-2014, "API-key format invalid.", 401)
        return key

    def _holder(self) -> Account:
        """The account of the key, if it may do this from here."""
        account = self._dialect.world.by_key.get(self._check_key())
        if account is None or (account.ips and self._ask.peer not in account.ips):
            raise ApiError(-2015, _UNKNOWN_KEY, 401)
        if account.read_only and self._ask.method != "GET":
            raise ApiError(-2015, _UNKNOWN_KEY, 401)
        return account

    def _check_signature(self, account: Account, given: str) -> None:
        signed = signature.payload(self._ask.query, self._ask.body)
        if not signed.isascii() or not signature.verify(account, signed, given):
            raise ApiError(errors.INVALID_SIGNATURE, "Signature for this request is not valid.")

    def _failed(self, error: ApiError) -> Reply:
        if self._weight:
            self._dialect.limits.charge(self._ask.peer, self._weight)
        return self._dialect.refusal(self._ask, error)


_CLIENT_IDS = ("newClientOrderId", "origClientOrderId", "cancelOrigClientOrderId", "clientAlgoId")


def _target(ask: Ask, call: Call) -> Target:
    params = call.params
    client_id = next((params.peek(name) for name in _CLIENT_IDS if params.has(name)), "")
    return Target(NAME, ask.method, ask.path, call.user, params.peek("symbol"), client_id)
