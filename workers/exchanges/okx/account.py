"""OKX's trading account: balances, positions, leverage, position mode, the countdown.

Source: OKX v5 docs, "Trading Account", "Cancel All After". There is one wallet for all markets, and margin modes are
said by each order, so they cannot be set beforehand.
"""

from __future__ import annotations

from router.commands import CancelAfter, GetBalances, GetTradingSettings, SetLeverage, SetPositionMode
from router.errors import Unsupported
from router.instruments import Instrument
from router.models import Balances
from router.positions import Countdown, Position, TradingSettings
from router.symbols import Symbol
from router.terms import MarginMode, PositionMode, PositionSide
from workers.calls.endpoint import Call
from workers.exchanges.okx import endpoints, wire
from workers.exchanges.okx.market import OkxMarket
from workers.exchanges.okx.modes import FUTURES_LEVEL, POSITION_MODES, Mode
from workers.exchanges.okx.orders import trimmed
from workers.exchanges.okx.wire_positions import to_leverage, to_position

_SHORTEST, _LONGEST = 10, 120
_MODE_NAMES = {mode: name for name, mode in POSITION_MODES.items()}


class OkxAccount(OkxMarket):
    """What the account holds and how it is set."""

    def balances_call(self, command: GetBalances) -> Call[Balances]:
        """GET account/balance: the trading account, whatever market is named; the funding account is another matter."""

        def parse(document: object) -> Balances:
            return Balances.model_construct(
                exchange=self.name,
                account=self.account.name,
                market=command.market,
                as_of_ms=self.clock.now_ms(),  # the reply's uTime is that of the last change
                balances=wire.to_balances(document),
            )

        return Call(endpoints.BALANCE, {}, parse, endpoints.BALANCE.cost)

    def positions_call(self, symbol: Symbol | None) -> Call[list[Position]]:
        """GET account/positions, those of pairs on margin included."""
        parameters = {} if symbol is None else {"instId": self.spelling(symbol)}

        def parse(document: object) -> list[Position]:
            found = [self._position(row) for row in wire.data(document) if row["pos"]]
            return [position for position in found if position is not None]

        return Call(endpoints.POSITIONS, parameters, parse, endpoints.POSITIONS.cost)

    def _position(self, row: wire.Doc) -> Position | None:
        instrument = self.instrument_of(row)
        return to_position(row, self.whose(instrument.symbol), instrument)

    def trading_settings_call(self, command: GetTradingSettings) -> Call[TradingSettings]:
        """GET account/leverage-info on cross margin, which is what an order has unless it says otherwise."""
        _check_leverage("symbol", str(command.symbol), command.symbol)
        parameters = {"instId": self.spelling(command.symbol), "mgnMode": str(MarginMode.CROSS)}
        position_mode = self.mode.get().position_mode

        def parse(document: object) -> TradingSettings:
            told = to_leverage(wire.data(document), self.whose(command.symbol))
            return told.model_copy(update={"position_mode": position_mode})

        return self.about(command.symbol, endpoints.LEVERAGE, parse, parameters=parameters)

    def set_leverage_call(self, command: SetLeverage) -> Call[TradingSettings]:
        """POST account/set-leverage, on cross margin unless told otherwise; each side's where the two can differ."""
        _check_leverage("leverage", command.leverage, command.symbol)
        instrument = self.instruments.get(command.symbol)
        mode = command.margin_mode or MarginMode.CROSS
        sides = self.by_mode(lambda known: _sides(command, mode, known))
        body = {"instId": instrument.spelling, "lever": trimmed(command.leverage), "mgnMode": str(mode)}
        return self._leverage_call(instrument, body, sides)

    def _leverage_call(
        self, instrument: Instrument, body: dict[str, str], sides: list[PositionSide | None], *told: wire.Doc
    ) -> Call[TradingSettings]:
        """One side's; the reply to the last one tells of all."""
        found: list[wire.Doc] = []

        def parse(document: object) -> TradingSettings:
            found[:] = [*told, *wire.data(document)]
            return to_leverage(found, self.whose(instrument.symbol))

        sent = body if sides[0] is None else {**body, "posSide": str(sides[0])}
        call = self.about(instrument.symbol, endpoints.SET_LEVERAGE, parse, body=sent)
        if sides[1:]:
            call.then = lambda _: self._leverage_call(instrument, body, sides[1:], *found)
        return call

    def set_position_mode_call(self, command: SetPositionMode) -> Call[TradingSettings]:
        """GET account/config, then POST account/set-position-mode if it is another: with orders open it is refused."""
        if command.symbol is not None:
            raise self.unsupported("symbol", str(command.symbol), "must be left out: the mode is the whole account's")
        wanted = command.position_mode
        told = TradingSettings(exchange=self.name, account=self.account.name, position_mode=wanted)

        def now(document: object) -> TradingSettings:
            known = POSITION_MODES[wire.only(document)["posMode"]]
            return told.model_copy(update={"position_mode": known})

        call = Call(endpoints.CONFIG, {}, now, endpoints.CONFIG.cost)
        call.then = lambda known: None if known.position_mode is wanted else self._change_mode_call(wanted, told)
        return call

    def _change_mode_call(self, wanted: PositionMode, told: TradingSettings) -> Call[TradingSettings]:
        def parse(document: object) -> TradingSettings:
            self.mode.forget()
            return told.model_copy(update={"position_mode": POSITION_MODES[wire.only(document)["posMode"]]})

        endpoint = endpoints.SET_POSITION_MODE
        return Call(endpoint, {"posMode": _MODE_NAMES[wanted]}, parse, endpoint.cost)

    def cancel_after_call(self, command: CancelAfter) -> Call[Countdown]:
        """POST trade/cancel-all-after: the whole account, algo orders probably not (UNCONFIRMED)."""
        if command.symbol is not None:
            raise self.unsupported("symbol", str(command.symbol), "must be left out: the countdown is the account's")
        if command.seconds and not _SHORTEST <= command.seconds <= _LONGEST:
            raise self.unsupported("seconds", command.seconds, f"must be 0 or {_SHORTEST} to {_LONGEST}")

        def parse(document: object) -> Countdown:
            ends_at_ms = int(wire.only(document)["triggerTime"])
            return Countdown(
                exchange=self.name,
                account=self.account.name,
                seconds=command.seconds,
                ends_at_ms=ends_at_ms or None,
            )

        endpoint = endpoints.CANCEL_ALL_AFTER
        return Call(endpoint, {"timeOut": str(command.seconds)}, parse, endpoint.cost)


def _check_leverage(field: str, value: object, symbol: Symbol) -> None:
    if symbol.strike is not None:
        raise Unsupported.because(field, value, "options have no leverage (exchange okx)")


def _sides(command: SetLeverage, margin_mode: MarginMode, mode: Mode) -> list[PositionSide | None]:
    """For which sides: they can differ only on isolated margin in hedge mode, and must then be named."""
    side, symbol = command.position_side, command.symbol
    if margin_mode is MarginMode.ISOLATED and mode.level != FUTURES_LEVEL:
        rule = f"an okx account of level {mode.level} has no isolated margin"
        raise Unsupported.because("margin_mode", str(margin_mode), rule)
    if mode.hedges and margin_mode is MarginMode.ISOLATED and not symbol.is_spot:
        return list(PositionSide) if side is None else [side]
    if side is not None:
        rule = "must be left out: both sides have the same leverage, unless isolated in hedge mode"
        raise Unsupported.because("position_side", str(side), rule)
    return [None]
