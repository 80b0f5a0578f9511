"""What an account can still use: its balance, less the margin of positions and orders, with unrealised results."""

from dataclasses import dataclass

from simulator.amounts import SCALE
from simulator.instruments import Instrument, Kind
from simulator.pool import Pool
from simulator.positions import Position

SHORT_OPTION_RATE, SHORT_OPTION_FLOOR = 15 * SCALE // 100, 10 * SCALE // 100
"""Initial margin of a written option, as shares of the underlying's price: 15 % less what it is out of the money, at
least 10 %, plus its own price. A common scheme, simplified; exchanges' own differ in detail."""


@dataclass(frozen=True, slots=True)
class Margin:
    """What a position and its open orders use of the settlement asset."""

    position: int
    orders: int
    maintenance: int


class Funds:
    """Reads one pool; changes nothing."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def margin(self, position: Position) -> Margin:
        """Initial margin of a position at the mark price, of its orders beyond that, and maintenance margin.

        One-way mode as Binance's "margin" page has it: the greater of what the position would be after all bids, or
        after all asks, is margined, so that orders against a position cost nothing until they exceed it.
        """
        mark = self._pool.mark(position.instrument)
        if position.instrument.kind is Kind.OPTION:
            return self._option_margin(position, mark)
        leverage = self._pool.positions.of_position(position)
        value = position.value(mark)
        signed = value if position.quantity > 0 else -value
        total = max(abs(signed + position.bids), abs(signed - position.asks), value)
        used = value * SCALE // leverage
        held = position.margin if position.isolated else used
        return Margin(held, total * SCALE // leverage - used, value * position.instrument.maintenance // SCALE)

    def _option_margin(self, position: Position, mark: int) -> Margin:
        """A bought option is paid for and needs none; a written one needs margin and its own value."""
        written = self.written(position.instrument, mark, max(0, -position.quantity))
        return Margin(written, position.bids + position.asks, written // 2)

    def written(self, instrument: Instrument, mark: int, quantity: int) -> int:
        """The margin of so many written contracts."""
        if not quantity:
            return 0
        index = self.index(instrument)
        away = max(0, instrument.strike - index if instrument.call else index - instrument.strike)
        per_unit = max(index * SHORT_OPTION_RATE // SCALE - away, index * SHORT_OPTION_FLOOR // SCALE)
        if instrument.settle == instrument.base:
            per_unit = per_unit * SCALE // index  # priced in coin
        return instrument.value(per_unit + mark, quantity)

    def index(self, instrument: Instrument) -> int:
        """The price of what an instrument is written on, in dollars; its own mark price if nothing else is known."""
        pool = self._pool
        found = pool.named(instrument.underlying)
        return pool.mark(found) if found else pool.price(instrument.base) or pool.mark(instrument)

    def unrealised(self, account: str, asset: str, *, isolated: bool | None = None) -> int:
        """The unrealised result in one asset, over all positions or only those of one margin mode."""
        return sum(
            each.unrealised(self._pool.mark(each.instrument))
            for each in self.held(account, asset)
            if isolated is None or each.isolated is isolated
        )

    def held(self, account: str, asset: str) -> list[Position]:
        """The account's positions that settle in an asset, flat ones with open orders among them."""
        return [
            each
            for each in self._pool.positions.of(account)
            if each.instrument.settle == asset and (each.quantity or each.bids or each.asks)
        ]

    def used(self, account: str, asset: str) -> int:
        """Margin of all positions and orders in one asset; isolated margin counts as used."""
        found = (self.margin(each) for each in self.held(account, asset))
        return sum(each.position + each.orders for each in found)

    def available(self, account: str, asset: str) -> int:
        """What can still be used for orders; below zero after losses. In multi-asset mode every asset backs it."""
        shared = account in self._pool.positions.multi_asset
        return self.backed(account, asset) if shared else self._single(account, asset)

    def backed(self, account: str, asset: str) -> int:
        """What all assets of an account together are good for, in one of them."""
        price = self._pool.price(asset)
        return self.total_available(account) * SCALE // price if price else 0

    def total_available(self, account: str) -> int:
        """The sum over all assets, in dollars; every asset counts in full."""
        wallet = self._pool.wallets[account]
        assets = {*wallet.assets(), *(each.instrument.settle for each in self._pool.positions.of(account))}
        return sum(self._single(account, each) * self._pool.price(each) // SCALE for each in assets)

    def spendable(self, account: str, asset: str, *, borrow: bool) -> int:
        """What a spot order can spend: what is free and no position needs; with `borrow` also what others back."""
        free = self._pool.wallets[account].free.get(asset, 0)
        if borrow:
            return max(free, self.backed(account, asset))
        return min(free, self.available(account, asset)) if self.held(account, asset) else free

    def _single(self, account: str, asset: str) -> int:
        free = self._pool.wallets[account].free.get(asset, 0)
        held = self.held(account, asset)
        if not held:
            return free
        cross = sum(
            each.unrealised(self._pool.mark(each.instrument))
            for each in held
            if not each.isolated and each.instrument.kind is not Kind.OPTION
        )
        return free + cross - self.used(account, asset)
