"""Settings of accounts: position mode, margin mode, what happens at the price limit, disconnect protection.

Source: Bybit v5 docs, "Switch Position Mode" (a symbol's setting beats its coin's), "Set Margin Mode",
"Set Price Limit Behaviour", "Set DCP".
"""

from dataclasses import dataclass, field

from simulator.instruments import Instrument, Kind

REGULAR, ISOLATED, PORTFOLIO = "REGULAR_MARGIN", "ISOLATED_MARGIN", "PORTFOLIO_MARGIN"
DEFAULT_DCP_SECONDS = 10


@dataclass(slots=True)
class Settings:
    """One account's. `moves_spot` and `moves_futures`: a price beyond the limit is moved to it instead of refused."""

    margin: str = REGULAR
    updated_ms: int = 0
    moves_spot: bool = False
    moves_futures: bool = True
    hedged_symbols: dict[str, bool] = field(default_factory=dict)
    hedged_coins: dict[str, bool] = field(default_factory=dict)
    dcp_seconds: dict[str, int] = field(default_factory=dict)

    @property
    def isolated(self) -> bool:
        """Whether every position has margin of its own."""
        return self.margin == ISOLATED


class Modes:
    """The settings of all accounts."""

    def __init__(self) -> None:
        self._settings: dict[str, Settings] = {}

    def of(self, account: str) -> Settings:
        """An account's settings."""
        return self._settings.setdefault(account, Settings())

    def hedged(self, account: str, instrument: Instrument) -> bool:
        """Whether an account holds two positions in a symbol."""
        if not self.hedgeable(instrument):
            return False
        settings = self.of(account)
        return settings.hedged_symbols.get(instrument.symbol, settings.hedged_coins.get(instrument.settle, False))

    @staticmethod
    def hedgeable(instrument: Instrument) -> bool:
        """Only USDT perpetuals know hedge mode."""
        return instrument.kind is Kind.LINEAR and instrument.settle == "USDT" and not instrument.expiry_ms
