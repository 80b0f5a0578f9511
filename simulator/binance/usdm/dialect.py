"""Binance futures' side of the server: the way of a request as on spot, with the futures' own parts."""

from simulator.binance.dialect import NAME, Binance
from simulator.binance.errors import ApiError
from simulator.binance.usdm.codes import refuse
from simulator.binance.usdm.limits import FuturesLimits
from simulator.binance.usdm.params import FuturesParams
from simulator.binance.usdm.routes import ALWAYS, ROUTES
from simulator.http import Ask, Reply, json_reply


class BinanceFutures(Binance):
    """The dialect of USDⓈ-M futures, on `/fapi`; `/dapi` only says that it lists nothing."""

    prefixes = ("/fapi/", "/dapi/")
    routes = ROUTES
    params = FuturesParams
    microseconds = False
    limits: FuturesLimits

    def offer_limits(self) -> None:
        """Nothing: the limit that is offered under the exchange's name is spot's."""

    def start_over(self) -> None:
        """Forget spendings and bans, and follow the world's new market."""
        self.limits = FuturesLimits(self.world.clock, self.world.policy)
        self.market = self.world.markets[NAME, "usdm"]

    def rate_limited(self, job: object, ask: Ask, retry_after_s: int) -> Reply:  # noqa: ARG002 - the shape of a dialect
        """429 as if the weight were used up."""
        return self.refusal(ask, self.limits.too_many(retry_after_s))

    def duplicate(self, job: object) -> Reply:  # noqa: ARG002 - the shape of a dialect
        """-4116 ClientOrderId is duplicated."""
        return json_reply(refuse(-4116).document(), 400)

    def always_answers(self, path: str) -> bool:
        """Ping and time."""
        return path in ALWAYS

    def too_late(self) -> ApiError:
        """-5028: the window has passed inside the matching engine's path."""
        return refuse(-5028)
