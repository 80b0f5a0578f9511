"""What a poll of many accounts comes to: an outcome per account, totals per asset, and how far it is meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from router.errors import Problem
from router.models import Balances, Model, Order
from router.numbers import Exact
from router.positions import Position

Status = Literal["fresh", "kept", "failed", "late"]
ANSWERED: tuple[Status, Status] = ("fresh", "kept")


class Progress(Model):
    """How far a poll is.

    ``calls`` are those spent so far, ``budget_left`` is the part (0 to 1) that is left of the tightest limit that
    everybody draws on, None as long as no call has told; ``seconds_to_go`` is an estimate, None where there is none.
    """

    done: int
    total: int
    calls: int
    budget_left: float | None = None
    seconds_to_go: float | None = None


class AccountOutcome(Model):
    """What became of one account.

    ``status`` is fresh (asked for this poll, or together with another that was under way), kept (the last answer was
    young enough), failed (``problem`` says why) or late (no answer by the deadline). ``age_seconds`` is how old the
    answer was when it was read, by Redis' clock; of a late or failed account the last answer there is may be given.
    ``exchange`` is None for an account that nobody serves.
    """

    account: str
    exchange: str | None
    status: Status
    age_seconds: float | None = None
    problem: Problem | None = None

    @property
    def answered(self) -> bool:
        """Whether there is an answer that is as young as was asked for."""
        return self.status in ANSWERED


class AccountBalances(AccountOutcome):
    """The balances of one account, or why there are none."""

    balances: Balances | None = None


class AccountPositions(AccountOutcome):
    """The open positions of one account, or why there are none."""

    positions: list[Position] | None = None


class AccountOrders(AccountOutcome):
    """The open orders of one account, or why there are none."""

    orders: list[Order] | None = None


class AssetTotal(Model):
    """One asset over all accounts that answered; ``accounts`` is how many hold it, ``borrowed`` what is owed of it."""

    asset: str
    free: Exact
    locked: Exact
    borrowed: Exact = Decimal(0)
    accounts: int

    @property
    def net(self) -> Decimal:
        """Free plus locked, less what is owed."""
        return self.free + self.locked - self.borrowed


class AssetValue(Model):
    """What one asset's net total is worth: ``price`` in the quote, and the markets that told it."""

    asset: str
    price: Exact
    value: Exact
    by: str


class Valuation(Model):
    """The totals in one currency, at last prices. ``unpriced`` names each asset without a price, and why."""

    quote: str
    value: Exact
    assets: list[AssetValue]
    unpriced: dict[str, str]


class BalancePoll(Model):
    """Balances of many accounts. ``totals`` hold the accounts that answered, no others; see `missing`."""

    accounts: dict[str, AccountBalances]
    totals: dict[str, AssetTotal]
    calls: int
    took_seconds: float
    valuation: Valuation | None = None

    def __getitem__(self, account: str) -> AccountBalances:
        """One account's outcome."""
        return self.accounts[account]

    @property
    def missing(self) -> list[str]:
        """The accounts that are not in the totals."""
        return [name for name, outcome in self.accounts.items() if not outcome.answered]

    @property
    def counts(self) -> dict[Status, int]:
        """How many accounts came to each status."""
        return counted(self.accounts.values())


class PositionPoll(Model):
    """Open positions of many accounts."""

    accounts: dict[str, AccountPositions]
    calls: int
    took_seconds: float


class OrderPoll(Model):
    """Open orders of many accounts."""

    accounts: dict[str, AccountOrders]
    calls: int
    took_seconds: float


class Left(NamedTuple):
    """What is left of a limit: units now, what an account costs, units per window of so many ms."""

    units: int
    cost: int
    ceiling: int
    window_ms: int

    @classmethod
    def read(cls, text: str) -> Left | None:
        """From 'units:cost:ceiling:window_ms'; None for ''."""
        return cls(*(int(part) for part in text.split(":"))) if text else None

    def seconds_for(self, accounts: int) -> float:
        """How long a limit needs to let so many accounts through, the windows being used to the brim."""
        short = accounts * self.cost - self.units
        return max(short, 0) / self.ceiling * self.window_ms / 1_000


def counted(outcomes: Iterable[AccountOutcome]) -> dict[Status, int]:
    """How many there are of each status; what there is none of is left out."""
    counts: dict[Status, int] = {}
    for outcome in outcomes:
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
    return counts


def totals_of(outcomes: Iterable[AccountBalances]) -> dict[str, AssetTotal]:
    """Each asset summed over the accounts that answered, by name."""
    sums: dict[str, list[Decimal]] = {}
    holders: dict[str, int] = {}
    for outcome in outcomes:
        if not outcome.answered or outcome.balances is None:
            continue
        for balance in outcome.balances.balances:
            sums.setdefault(balance.asset, [Decimal(0)] * 3)
            parts = (balance.free, balance.locked, balance.borrowed or Decimal(0))
            sums[balance.asset] = [one + more for one, more in zip(sums[balance.asset], parts, strict=True)]
            holders[balance.asset] = holders.get(balance.asset, 0) + 1
    return {
        asset: AssetTotal(asset=asset, free=free, locked=locked, borrowed=borrowed, accounts=holders[asset])
        for asset, (free, locked, borrowed) in sorted(sums.items())
    }


def seconds_to_go(remaining: Mapping[str, int], left: Mapping[str, Left], per_second: float) -> float | None:
    """An estimate from what is left of each exchange's limit, and from the pace so far; None without either."""
    waits = [left[exchange].seconds_for(count) for exchange, count in remaining.items() if exchange in left]
    if per_second > 0:
        waits.append(sum(remaining.values()) / per_second)
    return max(waits) if waits else None
