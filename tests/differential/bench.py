"""Both sides of one exchange on one capture server, and what they make of an intent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ccxt  # type: ignore[import-untyped]  # it has no types
import proofs
from answers import ANSWERS
from capture import Capture, capturing
from ccxt_side import Ccxt
from differences import NOTHING, Difference, compare
from intents import Intent
from our_side import Ours

from router.errors import InvalidCommand, RouterError

SENDS = "sends"
_AFTERWARDS = (ccxt.BaseError, AttributeError, KeyError, TypeError, ValueError, IndexError)
"""What ccxt raises of an answer that says less than it reads: the request has been sent then."""


@dataclass(frozen=True)
class Bench:
    exchange: str
    ours: Ours
    theirs: Ccxt
    capture: Capture

    def differences(self, intent: Intent) -> list[Difference]:
        mine, my_refusal = self._sent(intent, lambda: self.ours.ask(intent))
        other, their_refusal = self._sent(intent, lambda: self._ask_ccxt(intent))
        if my_refusal or their_refusal:
            return [Difference("refusal", my_refusal or SENDS, their_refusal or SENDS)]
        assert mine, "nothing was sent, and nothing refused"
        return list(compare(mine, other))

    def _sent(self, intent: Intent, ask: Callable[[], None]) -> tuple[list[proofs.Sent], str]:
        """What was sent, or why nothing was."""
        self.capture.take()
        refusal = ""
        try:
            ask()
        except InvalidCommand as error:
            refusal = f"{error.problem.field}: {error.problem.rule}"
        except RouterError:  # what the answer came to
            pass
        except _AFTERWARDS as error:
            refusal = f"{type(error).__name__}: {error}"
        requests = [proofs.read(self.exchange, each, intent.ids) for each in self.capture.take()]
        return requests, "" if requests else refusal or NOTHING

    def _ask_ccxt(self, intent: Intent) -> None:
        symbol = getattr(intent.commands[0], "symbol", None)
        instrument = None if symbol is None else self.ours.known.get_instrument(symbol)
        self.theirs.ask(self.capture.url, intent.commands, instrument)


@contextmanager
def a_bench(exchange: str, simulator_url: str) -> Iterator[Bench]:
    with capturing(ANSWERS[exchange]) as capture:
        ours, theirs = Ours(exchange, simulator_url, capture.url), Ccxt(exchange, simulator_url)
        try:
            yield Bench(exchange, ours, theirs, capture)
        finally:
            ours.known.disconnect()
            theirs.client.session.close()
