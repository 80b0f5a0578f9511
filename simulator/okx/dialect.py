"""OKX's side of the server: from a request to a reply."""

from simulator.faults import Target
from simulator.http import HTML, JSON, Ask, Reply, encode
from simulator.okx import attached, envelope
from simulator.okx.auth import authenticate
from simulator.okx.call import Call
from simulator.okx.control import Knobs
from simulator.okx.errors import DUPLICATE_CLIENT_ID, OK, ApiError, error, gateway
from simulator.okx.limits import Limits, Quota
from simulator.okx.params import Params, from_body, from_query
from simulator.okx.routes import ALWAYS, PATHS, ROUTES, Route
from simulator.okx.venue import Venue
from simulator.world import World

NAME = "okx"
_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
_CLIENT_IDS = ("clOrdId", "algoClOrdId")


class Okx:
    """The dialect: one path set for all instrument types."""

    name = NAME
    prefixes: tuple[str, ...] = ("/api/v5/",)

    def __init__(self, world: World) -> None:
        self.world = world
        self.start_over()
        world.on_reset.append(self.start_over)

    def start_over(self) -> None:
        """Forget spendings and settings, and follow the world's new markets."""
        self.limits = Limits(self.world.clock, self.world.policy)
        self.venue = Venue(self.world)
        self.knobs = Knobs()
        self.world.controls[NAME] = self.knobs.set_up
        for market in self.venue.markets.values():
            market.matcher.on_first_fill = lambda order, _: attached.begin(self.venue, order)

    def job(self, ask: Ask) -> "Job":
        """Take a request in."""
        return Job(self, ask)

    def failure(self, status: int, code: int | None, message: str) -> Reply:
        """An error body, or an HTML page as the network in front would send."""
        if code is None:
            return Reply(status, _PAGE.format(f"{status} {message}").encode(), content_type=HTML)
        return _reply({"code": str(code), "data": [], "msg": message}, status)

    def rate_limited(self, job: object, ask: Ask, retry_after_s: int) -> Reply:  # noqa: ARG002 - the shape of a dialect
        """The gateway's 429; it does not say for how long."""
        return self.refusal(gateway("50011"))

    def ban(self, ask: Ask, duration_ms: int) -> Reply:
        """OKX documents no bans; the network in front of it blocks addresses with a 403 page."""
        self.limits.bans.impose(ask.peer, duration_ms, self.world.clock.now_ms())
        return self.failure(403, None, "Forbidden")

    def duplicate(self, job: object) -> Reply:
        """51016 for every item of the request."""
        now = self.world.clock.now_us()
        items = job.items if isinstance(job, Job) else []
        rows = [envelope.refused(item, error(DUPLICATE_CLIENT_ID), now // 1000) for item in items or [Params({})]]
        return _reply(envelope.written(rows, now, now), 200)

    def maintenance(self) -> Reply:
        """50001, to everything but the clock and the status."""
        return self.refusal(error("50001"))

    def always_answers(self, path: str) -> bool:
        """Time and status."""
        return path in ALWAYS

    def refusal(self, problem: ApiError) -> Reply:
        """A whole request refused, counted in the ledger."""
        self.world.ledger.refused[problem.code] += 1
        return _reply(problem.document(), 200 if problem.rows else problem.status)


class Job:
    """One request, in two steps."""

    __slots__ = ("_ask", "_call", "_dialect", "_route", "target")

    def __init__(self, dialect: Okx, ask: Ask) -> None:
        self._dialect = dialect
        self._ask = ask
        self._call: Call | None = None
        self._route: Route | None = None
        self.target = Target(NAME, ask.method, ask.path)

    @property
    def items(self) -> list[Params]:
        """The sets of parameters of the request."""
        return self._call.items if self._call else []

    def begin(self) -> Reply | None:
        """Ban, route, who asks, parameters, limits, expTime, in this order."""
        ask, dialect = self._ask, self._dialect
        dialect.world.tick()
        if dialect.limits.bans.until(ask.peer, dialect.world.clock.now_ms()):
            return dialect.failure(403, None, "Forbidden")
        self._route = ROUTES.get((ask.method, ask.path))
        try:
            if self._route is None:
                raise error("50115") if ask.path in PATHS else ApiError("404", "Not Found", 404)
            self._admit(self._route)
        except ApiError as problem:
            return dialect.refusal(problem)
        return None

    def finish(self, hidden_us: int = 0) -> Reply:
        """Execute, unless an order's expTime has passed by now, and answer."""
        route, call, dialect = self._route, self._call, self._dialect
        assert route is not None  # noqa: S101 - begin() has set both
        assert call is not None  # noqa: S101
        dialect.world.tick()
        call.hidden_us = max(hidden_us, dialect.knobs.visible_after_us)
        call.received_us = dialect.world.clock.now_us()
        try:
            return _reply(self._execute(route, call), 200)
        except ApiError as problem:
            return dialect.refusal(problem)

    def _execute(self, route: Route, call: Call) -> object:
        if route.writer is None:
            assert route.reader is not None  # noqa: S101 - a route has one of the two
            return {"code": "0", "data": route.reader(call), "msg": ""}
        rows = route.writer(call)
        world = self._dialect.world
        world.ledger.refused.update(str(row["sCode"]) for row in rows if row["sCode"] != OK)
        return envelope.written(rows, call.in_us, world.clock.now_us() if route.timed else 0)

    def _admit(self, route: Route) -> None:
        ask, dialect = self._ask, self._dialect
        now_us = dialect.world.clock.now_us()
        call = self._call = Call(dialect.venue, [], received_us=now_us)
        if route.public:
            caller = ask.peer
        else:
            account, timestamp_ms = authenticate(ask, dialect.world.by_key, now_us // 1000)
            caller = call.user = account.name
            call.timestamp_us, call.in_us = timestamp_ms * 1000, now_us
            if account.read_only and ask.method == "POST":
                raise error("50120")
        call.items = self._items(route)
        call.batch = bool(route.quota.single)
        self._name_target(call)
        name, quota = self._metered(route, call)
        dialect.limits.admit(name, quota, caller, call.items)
        if route.fenced:
            call.deadline_us = _deadline(ask, now_us)
        if route.most and len(call.items) > route.most:
            raise error(route.too_many, route.most)

    def _items(self, route: Route) -> list[Params]:
        if self._ask.method == "GET":
            return [from_query(self._ask.query)]
        sent = from_body(self._ask.body, self._ask.headers.get("Content-Type", ""))
        if isinstance(sent, list) is not bool(route.most) or sent == []:
            raise error("50002")
        return sent if isinstance(sent, list) else [sent]

    def _metered(self, route: Route, call: Call) -> tuple[str, Quota]:
        """The quota a call draws on: a batch of one draws on that of the single call."""
        single = route.quota.single
        if single and len(call.items) == 1:
            return f"POST {single}", ROUTES["POST", single].quota
        return f"{self._ask.method} {self._ask.path}", route.quota

    def _name_target(self, call: Call) -> None:
        """Tell faults what the request is about; of a batch, its first item."""
        if self._dialect.world.faults.quiet or not call.items:
            return
        first = call.items[0]
        client_id = next((first.text(name) for name in _CLIENT_IDS if first.has(name)), "")
        self.target = Target(NAME, self._ask.method, self._ask.path, call.user, first.text("instId"), client_id)


def _deadline(ask: Ask, now_us: int) -> int:
    """The `expTime` header in microseconds, 0 without one.

    Raises: ApiError 51000 (no number), 50036 (passed already on arrival). That the gateway looks at it on arrival and
    the matching engine again (50037) is an assumption: OKX does not say where it checks.
    """
    text = ask.headers.get("expTime", "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise error("51000", "expTime")
    deadline_us = int(text) * 1000
    if deadline_us < now_us:
        raise error("50036")
    return deadline_us


def _reply(document: object, status: int) -> Reply:
    return Reply(status, encode(document), content_type=JSON)
