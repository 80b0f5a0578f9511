"""Bybit's side of the server: from a request to a reply."""

import secrets

from simulator.bybit import errors, params, signature
from simulator.bybit.call import Call, Result
from simulator.bybit.control import set_up
from simulator.bybit.errors import ApiError, GatewayError
from simulator.bybit.exchange import Exchange
from simulator.bybit.limits import Budget
from simulator.bybit.listings import EXCHANGE
from simulator.bybit.routes import ALWAYS, PATHS, ROUTES, Route
from simulator.bybit.timing import Window, read_window
from simulator.faults import Target
from simulator.http import HTML, Ask, Reply, json_reply
from simulator.world import World

_BAD_GATEWAY = 502
_OK = 200


class Bybit:
    """The dialect: every category of v5 on `/v5`."""

    name = EXCHANGE
    prefixes: tuple[str, ...] = ("/v5/",)

    def __init__(self, world: World) -> None:
        self.world = world
        self.start_over()
        world.on_reset.append(self.start_over)
        world.controls[EXCHANGE] = lambda wish: set_up(self.exchange, wish)

    def start_over(self) -> None:
        """Forget everything, and follow the world's new markets."""
        self.exchange = Exchange(self.world)

    def job(self, ask: Ask) -> "Job":
        """Take a request in."""
        return Job(self, ask)

    def failure(self, status: int, code: int | None, message: str) -> Reply:
        """An error with a code leaves with HTTP 200 (unless another status is asked for), one without as a page."""
        if code is None:
            return _page(GatewayError(status, message))
        return self.envelope(code, message, Result({}), _OK if status == _BAD_GATEWAY else status)

    def rate_limited(self, job: object, ask: Ask, retry_after_s: int) -> Reply:  # noqa: ARG002 - the shape of a dialect
        """10006, with headers that say when to come back."""
        budget = job.budget if isinstance(job, Job) and job.budget is not None else Budget("", 1)
        reply = self.refusal(errors.too_many_visits())
        reply.headers.update(self.exchange.limits.breached(budget, retry_after_s * 1000))
        return reply

    def ban(self, ask: Ask, duration_ms: int) -> Reply:
        """403 without JSON, and for every further request of the address until it ends."""
        limits = self.exchange.limits
        limits.bans.impose(ask.peer, duration_ms, self.world.clock.now_ms())
        return _page(limits.forbidden())

    def duplicate(self, job: object) -> Reply:
        """110072, or 170141 on spot."""
        spot = isinstance(job, Job) and job.spot
        return self.refusal(errors.duplicate(spot=spot))

    def maintenance(self) -> Reply:
        """503 with an HTML page."""
        return _page(GatewayError(503, "Service Unavailable"))

    def always_answers(self, path: str) -> bool:
        """Server time."""
        return path in ALWAYS

    def refusal(self, error: ApiError) -> Reply:
        """An error as a reply, counted in the ledger."""
        self.world.ledger.refused[str(error.code)] += 1
        return self.envelope(error.code, error.msg, Result({}))

    def envelope(self, code: int, message: str, body: Result, status: int = _OK) -> Reply:
        """What every answer is wrapped in; `time` is the server's clock in milliseconds."""
        now = self.world.clock.now_ms()
        document = {
            "retCode": code,
            "retMsg": message,
            "result": body.result,
            "retExtInfo": body.extension,
            "time": now,
        }
        for name in body.lacks:
            del document[name]
        return json_reply(document, status, {"Traceid": secrets.token_hex(16), "Timenow": str(now)})


class Job:
    """One request, in two steps."""

    __slots__ = ("_ask", "_call", "_dialect", "_route", "_window", "budget", "target")

    def __init__(self, dialect: Bybit, ask: Ask) -> None:
        self._dialect = dialect
        self._ask = ask
        self._call: Call | None = None
        self._route: Route | None = None
        self._window: Window | None = None
        self.budget: Budget | None = None
        self.target = Target(EXCHANGE, ask.method, ask.path)

    @property
    def spot(self) -> bool:
        """Whether the request is about spot."""
        return self._call is not None and self._call.params.peek("category") == "spot"

    def begin(self) -> Reply | None:
        """Address, route, parameters, key, time, signature, limit, in this order (assumption: none is documented)."""
        self._dialect.exchange.tick()
        try:
            self._route = self._find()
            self._admit(self._route)
        except GatewayError as error:
            self._dialect.world.ledger.refused[str(error.status)] += 1
            return _page(error)
        except ApiError as error:
            return self._failed(error)
        return None

    def finish(self, hidden_us: int = 0) -> Reply:
        """Check the window again, execute, answer."""
        route, call = self._route, self._call
        assert route is not None  # noqa: S101 - begin() has set both
        assert call is not None  # noqa: S101
        call.exchange.tick()
        call.hidden_us = call.exchange.visibility.hidden_us(hidden_us)
        try:
            if self._window is not None:
                self._window.check_age(call.now_ms())
            found = route.handler(call)
            call.exchange.tick()
        except ApiError as error:
            return self._failed(error)
        body = found if isinstance(found, Result) else Result(found)
        reply = self._dialect.envelope(0, body.message, body)
        self._tell_limit(reply)
        return reply

    def _find(self) -> Route:
        """Raises: GatewayError 403 (too many requests, or a body on GET), 404, 400 (a path by the wrong method)."""
        ask = self._ask
        self._dialect.exchange.limits.admit(ask.peer)
        route = ROUTES.get((ask.method, ask.path))
        if route is None:
            raise GatewayError(400, "Bad Request") if ask.path in PATHS else GatewayError(404, "Not Found")
        if ask.method == "GET" and ask.body:
            raise GatewayError(403, "Forbidden")
        return route

    def _admit(self, route: Route) -> None:
        ask, exchange = self._ask, self._dialect.exchange
        sent = params.of_query(ask.query) if ask.method == "GET" else params.of_body(ask.body)
        call = self._call = Call(exchange, sent)
        if not route.signed:
            self._aim(call)
            return
        self._identify(call)
        self._aim(call)
        if call.account is not None and call.account.read_only and ask.method != "GET":
            raise ApiError(errors.PERMISSION, "Permission denied, please check your API key permissions.")
        published = route.limit(sent.peek("category"))
        if published:
            key = f"{ask.path} {route.group(sent.peek('category'))}"
            self.budget = exchange.limits.budget(call.user, key, published)
            call.granted = exchange.limits.take(self.budget, route.units(sent))

    def _identify(self, call: Call) -> None:
        """Key, address, time, signature.

        Raises: GatewayError 401 without any of the headers; ApiError 10001 when one is empty, 10003, 10010, 10002,
        10004.
        """
        headers = self._ask.headers
        key, stamp, given = (headers.get(f"X-BAPI-{name}", "") for name in ("API-KEY", "TIMESTAMP", "SIGN"))
        if not key and not stamp and not given:
            raise GatewayError(401, "Unauthorized")
        if not key or not stamp or not given:
            raise errors.parameter(
                f"empty value: apiTimestamp[{stamp}] apiKey[{key}] apiSignature[{given}]: openapi sign params error!"
            )
        account = self._dialect.world.by_key.get(key)
        if account is None:
            raise ApiError(errors.KEY, "API key is invalid.")
        if account.ips and self._ask.peer not in account.ips:
            raise ApiError(errors.ADDRESS, "Unmatched IP, please check your API key's bound IP addresses.")
        length = headers.get("X-BAPI-RECV-WINDOW", "")
        window = self._window = read_window(stamp, length)
        window.check(call.now_ms())
        sent = self._ask.query if self._ask.method == "GET" else self._ask.body
        signed = signature.payload(stamp, key, length, sent)
        if not signature.verify(account, signed, given):
            raise ApiError(errors.SIGNATURE, f"error sign! origin_string[{signed}]")
        call.account = account
        call.timestamp_ms, call.window_ms = window.timestamp_ms, window.length_ms

    def _aim(self, call: Call) -> None:
        """Say what the request is about, for faults; of a batch its first item."""
        if self._dialect.world.faults.quiet:
            return
        first = call.params.first("request")
        symbol, link = first.peek("symbol"), first.peek("orderLinkId")
        self.target = Target(EXCHANGE, self._ask.method, self._ask.path, call.user, symbol, link)

    def _failed(self, error: ApiError) -> Reply:
        reply = self._dialect.refusal(error)
        if error.code == errors.TOO_MANY_VISITS and self.budget is not None:
            if self._dialect.exchange.limits.tells:
                reply.headers.update(self._dialect.exchange.limits.breached(self.budget))
        else:
            self._tell_limit(reply)
        return reply

    def _tell_limit(self, reply: Reply) -> None:
        limits = self._dialect.exchange.limits
        if self.budget is not None and limits.tells:
            reply.headers.update(limits.headers(self.budget))


def _page(error: GatewayError) -> Reply:
    head = f"{error.status} {error.text}"
    page = f"<html><head><title>{head}</title></head><body><h1>{head}</h1></body></html>"
    return Reply(error.status, page.encode(), content_type=HTML)
