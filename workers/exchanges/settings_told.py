"""What a change of an account's settings comes to, where the exchange's answer does not repeat it."""

from __future__ import annotations

from typing import assert_never

from router.commands import AnySetting, SetLeverage, SetMarginMode, SetPositionMode
from router.positions import TradingSettings
from router.terms import PositionSide


def as_asked(command: AnySetting) -> TradingSettings:
    """The settings that the command has brought about."""
    told = TradingSettings(exchange=command.exchange, account=command.account, symbol=command.symbol)
    match command:
        case SetLeverage():
            field = "short_leverage" if command.position_side is PositionSide.SHORT else "leverage"
            return told.model_copy(update={field: command.leverage, "margin_mode": command.margin_mode})
        case SetMarginMode():
            return told.model_copy(update={"margin_mode": command.margin_mode})
        case SetPositionMode():
            return told.model_copy(update={"position_mode": command.position_mode})
        case _:
            assert_never(command)
