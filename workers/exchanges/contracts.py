"""What accounts that trade contracts can ask besides: positions, leverage and modes, the countdown, income."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, NamedTuple

from router.commands import (
    C,
    CancelAfter,
    GetIncome,
    GetTradingSettings,
    Market,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    build,
)
from router.positions import Countdown, Income, Position, TradingSettings
from router.symbols import Symbol
from router.terms import MarginMode, PositionMode, PositionSide
from workers.exchanges.core import Core


class CancelTimer(NamedTuple):
    """A timer of the exchange's that cancels open orders by itself (`CancelAfter`) and can be kept up by us.

    It is of one symbol of ``market``, or of the account where that is None; at most ``longest`` seconds.
    """

    market: Market | None
    longest: int


class Contracts(Core):
    """Methods about contracts. What an exchange, or a market of it, does not have is refused with Unsupported."""

    cancel_timer: ClassVar[CancelTimer | None] = None

    def get_positions(self) -> list[Position]:
        """All open positions; empty on a spot account."""
        return self._ask(self.positions_call(None))

    def get_position(self, symbol: Symbol | str, side: PositionSide | None = None) -> Position | None:
        """One symbol's position (in hedge mode that of ``side``, or the first there is); None when there is none."""
        positions = self._ask(self.positions_call(self._symbol(symbol)))
        return next((each for each in positions if side in (None, each.side)), None)

    def set_leverage(
        self, symbol: Symbol | str, leverage: Decimal | int | str, *,
        margin_mode: MarginMode | None = None, position_side: PositionSide | None = None,
    ) -> TradingSettings:  # fmt: skip
        """Set a symbol's leverage; see `SetLeverage`."""
        which = {"margin_mode": margin_mode, "position_side": position_side}
        command = self._command(SetLeverage, symbol=symbol, leverage=leverage, **which)
        told: TradingSettings = self._carry_out(command)
        return told

    def set_margin_mode(self, margin_mode: MarginMode, symbol: Symbol | str | None = None) -> TradingSettings:
        """Margin a symbol's positions, or the account's, from the whole account or each by itself."""
        told: TradingSettings = self._carry_out(self._command(SetMarginMode, symbol=symbol, margin_mode=margin_mode))
        return told

    def set_position_mode(self, position_mode: PositionMode, symbol: Symbol | str | None = None) -> TradingSettings:
        """Hold one position per symbol, or a long and a short one side by side."""
        command = self._command(SetPositionMode, symbol=symbol, position_mode=position_mode)
        told: TradingSettings = self._carry_out(command)
        return told

    def get_trading_settings(self, symbol: Symbol | str) -> TradingSettings:
        """Leverage and modes that hold for a symbol."""
        return self._ask(self.trading_settings_call(self._command(GetTradingSettings, symbol=symbol)))

    def cancel_after(self, seconds: int, symbol: Symbol | str | None = None) -> Countdown:
        """Have the exchange cancel open orders unless this is called again within ``seconds``; 0 stops it."""
        told: Countdown = self._carry_out(self._command(CancelAfter, seconds=seconds, symbol=symbol))
        return told

    def get_income(
        self, symbol: Symbol | str | None = None, *,
        market: Market | None = None, since_ms: int | None = None, limit: int = 100,
    ) -> list[Income]:  # fmt: skip
        """What changed a futures wallet, oldest first."""
        command = self._command(GetIncome, symbol=symbol, market=market, since_ms=since_ms, limit=limit)
        return self._ask(self.income_call(command))

    def _command(self, model: type[C], **fields: object) -> C:
        return build(model, exchange=self.name, account=self.account.name, **fields)
