"""Balances: free and locked amounts per account and asset."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

MAKER = "market-maker"
"""The synthetic market maker's account: its balance starts at zero and may go below, so sums stay checkable."""
FEES = "fees"
"""Where commissions go."""


class Wallet:
    """One account's balances; amounts as in `simulator.amounts`."""

    __slots__ = ("free", "locked", "updated_us")

    def __init__(self, start: Mapping[str, int] | None = None) -> None:
        self.free: dict[str, int] = defaultdict(int, start or {})
        self.locked: dict[str, int] = defaultdict(int)
        self.updated_us = 0

    def lock(self, asset: str, amount: int) -> None:
        """Move an amount from free to locked; the caller has checked that it is there."""
        self.free[asset] -= amount
        self.locked[asset] += amount

    def unlock(self, asset: str, amount: int) -> None:
        """Give a locked amount back."""
        self.locked[asset] -= amount
        self.free[asset] += amount

    def assets(self) -> list[str]:
        """Every asset this wallet has ever held, in alphabetical order."""
        return sorted(self.free.keys() | self.locked.keys())


class Wallets:
    """All wallets of one market (or of several that share balances)."""

    def __init__(self) -> None:
        self._wallets: dict[str, Wallet] = {MAKER: Wallet(), FEES: Wallet()}

    def open(self, account: str, start: Mapping[str, int]) -> None:
        """Give an account its starting balances."""
        self._wallets[account] = Wallet(start)

    def own(self) -> tuple[str, str]:
        """The wallets that belong to no user."""
        return MAKER, FEES

    def __getitem__(self, account: str) -> Wallet:
        return self._wallets[account]

    def __iter__(self) -> Iterator[str]:
        return iter(self._wallets)
