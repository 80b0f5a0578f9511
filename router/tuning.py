"""How an account trades contracts: leverage, modes, and the exchange's own dead man's switch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from router.commands import AnyCommand, CancelAfter, SetLeverage, SetMarginMode, SetPositionMode, build
from router.tickets import Ticket


class Tuning(ABC):
    """Each is a command, whose ticket's result is what was set.

    All take ``exchange`` and ``account`` by name. Setting what is set already is fine, so a lost reply is simply
    repeated. Raises, all of them: as `OrderRouter.submit`.
    """

    @abstractmethod
    def submit(self, command: AnyCommand | Mapping[str, Any]) -> Ticket:
        """Accept one command."""

    def set_leverage(self, /, **fields: object) -> Ticket:
        """Set the ``leverage`` of a ``symbol``; see `SetLeverage`."""
        return self.submit(build(SetLeverage, **fields))

    def set_margin_mode(self, /, **fields: object) -> Ticket:
        """Set the ``margin_mode`` of a ``symbol``, or of the account; see `SetMarginMode`."""
        return self.submit(build(SetMarginMode, **fields))

    def set_position_mode(self, /, **fields: object) -> Ticket:
        """Set the account's ``position_mode``; see `SetPositionMode`."""
        return self.submit(build(SetPositionMode, **fields))

    def cancel_after(self, /, **fields: object) -> Ticket:
        """Have the exchange cancel open orders unless asked again within ``seconds``; see `CancelAfter`."""
        return self.submit(build(CancelAfter, **fields))
