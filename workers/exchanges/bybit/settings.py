"""How a Bybit account trades contracts: leverage per symbol, margin mode of the account, position mode, protection.

Source: Bybit v5 docs, "Set Leverage", "Switch Position Mode", "Set Margin Mode", "Get Account Info", "Set DCP".
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from router.commands import (
    AnySetting,
    CancelAfter,
    GetTradingSettings,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
)
from router.numbers import plain
from router.positions import Countdown, TradingSettings
from router.symbols import Symbol
from router.terms import MarginMode, PositionMode, PositionSide
from workers.calls.endpoint import Call, Endpoint
from workers.exchanges.bybit import endpoints, wire, wire_positions
from workers.exchanges.bybit.reads import BybitReads
from workers.exchanges.settings_told import as_asked

_FUTURES = ("linear", "inverse")
_MARGIN_MODE = {MarginMode.CROSS: "REGULAR_MARGIN", MarginMode.ISOLATED: "ISOLATED_MARGIN"}
_POSITION_MODE = {PositionMode.ONE_WAY: 0, PositionMode.HEDGE: 3}
_HEDGED_COIN = "USDT"  # hedge mode is for USDT perpetuals only
_PRODUCTS = {"spot": "SPOT", "linear": "DERIVATIVES", "inverse": "DERIVATIVES", "option": "OPTIONS"}
_SHORTEST, _LONGEST = 3, 300


class BybitSettings(BybitReads):
    """The settings; mixed into BybitExchange."""

    def set_leverage_call(self, command: SetLeverage) -> Call[TradingSettings]:
        """POST set-leverage, of both sides; of one side only after the other's was read, which must be sent along.

        Sides may differ in isolated margin with hedge mode only.
        """
        if command.symbol.market not in _FUTURES:
            raise self.unsupported("symbol", str(command.symbol), "has no leverage to set")
        if command.margin_mode is not None:
            raise self.unsupported("margin_mode", command.margin_mode, "is the whole account's; see set_margin_mode")
        if command.position_side is None:
            return self._leverage_call(command, command.leverage, command.leverage)
        return self._settings_call(command.symbol, lambda told: self._one_side_call(command, told))

    def set_margin_mode_call(self, command: SetMarginMode) -> Call[TradingSettings]:
        """POST set-margin-mode, which is the whole account's."""
        if command.symbol is not None:
            raise self.unsupported("symbol", str(command.symbol), "must be left out: it is set for the whole account")
        return _set(endpoints.SET_MARGIN_MODE, {"setMarginMode": _MARGIN_MODE[command.margin_mode]}, command)

    def set_position_mode_call(self, command: SetPositionMode) -> Call[TradingSettings]:
        """POST switch-mode, of one linear symbol, or of all USDT perpetuals."""
        symbol = command.symbol
        if symbol is not None and symbol.market != "linear":
            raise self.unsupported("symbol", str(symbol), "is always one-way; only USDT perpetuals know hedge mode")
        named = {"category": "linear", "coin": _HEDGED_COIN} if symbol is None else self._named(symbol)
        return _set(endpoints.SET_POSITION_MODE, {**named, "mode": _POSITION_MODE[command.position_mode]}, command)

    def trading_settings_call(self, command: GetTradingSettings) -> Call[TradingSettings]:
        """GET position/list for leverage and position mode, then account/info for the margin mode."""
        if command.symbol.is_spot:
            raise self.unsupported("symbol", str(command.symbol), "has no trading settings")
        info = endpoints.ACCOUNT_INFO

        def with_margin_mode(told: TradingSettings) -> Call[TradingSettings]:
            def parse(document: object) -> TradingSettings:
                mode = wire_positions.MARGIN_MODE.get(wire.result(document)["marginMode"])
                return told.model_copy(update={"margin_mode": mode})

            return Call(info, {}, parse, info.cost)

        return self._settings_call(command.symbol, with_margin_mode)

    def cancel_after_call(self, command: CancelAfter) -> Call[Countdown]:
        """POST disconnected-cancel-all, of one kind of market or of all three.

        This is no countdown of its own: Bybit cancels when a private stream that is subscribed to it has been gone for
        so many seconds, and lets only institutions set it. Without such a stream, which is not opened here, nothing is
        cancelled; so ``ends_at_ms`` is None. It cannot be switched off.
        """
        if not _SHORTEST <= command.seconds <= _LONGEST:
            raise self.unsupported("seconds", command.seconds, f"must be {_SHORTEST} to {_LONGEST}, and never stops")
        if command.symbol is not None:
            return self._protect(command, [_PRODUCTS[command.symbol.market]])
        return self._protect(command, list(dict.fromkeys(_PRODUCTS.values())))

    def _leverage_call(self, command: SetLeverage, long: Decimal, short: Decimal) -> Call[TradingSettings]:
        wanted = {"buyLeverage": plain(long), "sellLeverage": plain(short)}
        return _set(endpoints.SET_LEVERAGE, {**self._named(command.symbol), **wanted}, command)

    def _one_side_call(self, command: SetLeverage, told: TradingSettings) -> Call[TradingSettings]:
        """Raises: Unsupported when the other side's leverage is not told, as in portfolio margin."""
        long, short = told.leverage, told.short_leverage or told.leverage
        if long is None or short is None:
            raise self.unsupported("position_side", command.position_side, "the other side's leverage is not told")
        if command.position_side is PositionSide.LONG:
            return self._leverage_call(command, command.leverage, short)
        return self._leverage_call(command, long, command.leverage)

    def _settings_call(
        self, symbol: Symbol, then: Callable[[TradingSettings], Call[TradingSettings] | None]
    ) -> Call[TradingSettings]:
        endpoint, whose = endpoints.POSITIONS, self._whose(symbol)

        def parse(document: object) -> TradingSettings:
            return wire_positions.to_settings(wire.page(document).rows, whose)

        return Call(endpoint, self._named(symbol), parse, endpoint.cost, then=then)

    def _protect(self, command: CancelAfter, products: list[str]) -> Call[Countdown]:
        endpoint, (product, *others) = endpoints.SET_PROTECTION, products
        countdown = Countdown(
            exchange=self.name, account=self.account.name, symbol=command.symbol, seconds=command.seconds
        )

        def parse(document: object) -> Countdown:
            wire.success(document)
            return countdown

        def then(_: Countdown) -> Call[Countdown] | None:
            return self._protect(command, others) if others else None

        body = {"product": product, "timeWindow": command.seconds}
        return Call(endpoint, {}, parse, endpoint.cost, body=body, then=then)


def _set(endpoint: Endpoint, body: dict[str, object], command: AnySetting) -> Call[TradingSettings]:
    """A change whose answer does not repeat what was set."""

    def parse(document: object) -> TradingSettings:
        wire.success(document)
        return as_asked(command)

    return Call(endpoint, {}, parse, endpoint.cost, body=body)
