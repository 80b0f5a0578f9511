"""Runs real worker code step by step: wherever it talks to Redis or the exchange it stops, and may never go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import greenlet

# What may happen at each kind of stop; the first is what happens in peace, and what a drain always takes.
CHOICES: Mapping[str, Sequence[str]] = {
    "journal": ("ok", "ok", "ok", "ok", "twice", "lost", "cut", "late"),
    "send": ("executed", "executed", "hidden", "unheard", "flying", "in_engine", "dropped", "limited", "poor"),
    "look": ("ok", "ok", "ok", "failed", "blind"),
    "nap": ("ok",),
}
LUCK = max(len(choices) for choices in CHOICES.values())


def pause(kind: str) -> str:
    """Stop here until the stage lets this actor go on; answers what happens to what it does next."""
    current = greenlet.getcurrent()
    assert isinstance(current, Actor), "only an actor may pause"
    return str(current.hub.switch(kind))


class Actor(greenlet.greenlet):
    """One worker's thread of execution, standing at a stop of some kind."""

    def __init__(self, work: Callable[[], object], worker: str) -> None:
        super().__init__(self._run)
        self.hub, self.worker, self._work = greenlet.getcurrent(), worker, work
        self.stop: str = ""
        self.trouble: BaseException | None = None
        self._note(self.switch())

    def go_on(self, luck: int = 0) -> None:
        """Let it take one step; ``luck`` chooses what happens, 0 is peace."""
        choices = CHOICES[self.stop]
        self._note(self.switch(choices[luck % len(choices)]))

    def crash(self) -> None:
        """Its process is gone, between two steps: nothing more is done, nothing is cleaned up that is not local."""
        if not self.dead:
            self.throw(greenlet.GreenletExit)

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - the machine looks at it
            self.trouble = error

    def _note(self, stopped_at: object) -> None:
        if not self.dead:
            self.stop = str(stopped_at)
