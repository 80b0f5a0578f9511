"""The bugs that are planted on purpose: a test that lets one of them live is too weak."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple
from unittest import mock

from router import scripts
from router.commands import AnyCommand, NewOrder
from router.errors import RouterError
from support.protocol.time import Mutation
from workers import executor, reconcile
from workers.exchanges.base import BaseExchange
from workers.reconcile import Absent, Found, Sent, Sighting, Unsure

_look = reconcile.look


def _without_fence(exchange: BaseExchange, command: AnyCommand, sent: Sent) -> Sighting:
    """The whole search, but as if nothing could come any more."""
    return _look(exchange, command, sent._replace(fence_ms=0))


def _at_the_first_no(exchange: BaseExchange, command: AnyCommand, sent: Sent) -> Sighting:
    """The first "not found" is believed, and nothing else is asked."""
    if not isinstance(command, NewOrder):
        return _look(exchange, command, sent)
    try:
        found = exchange.find_order(command.symbol, command.client_order_id or command.id or "")
    except RouterError as error:  # as in the original: no answer is no "no"
        return Unsure(500, str(error))
    return Absent() if found is None else Found(found)


class Plant(NamedTuple):
    """What is changed in the scripts, and how a lost reply is looked into."""

    mutations: tuple[Mutation, ...] = ()
    look: Callable[[BaseExchange, AnyCommand, Sent], Sighting] = _look


PLANTS = {
    "no_fence": Plant(look=_without_fence),
    "first_no": Plant(look=_at_the_first_no),
    "key_released": Plant(
        (("submit", "if held[2] then", "if held[2] and held[2] ~= 'failed' and held[2] ~= 'unknown' then"),)
    ),
    "no_lease": Plant((("begin", " and held[12] == owner", ""),)),
}


@contextlib.contextmanager
def planted(name: str) -> Iterator[tuple[Mutation, ...]]:
    """With the bug in this process; journals that are built meanwhile have it in their scripts."""
    plant, original = PLANTS[name], scripts.source

    def mutated(script: str) -> str:
        text = original(script)
        for where, what, by in plant.mutations:
            if where == script:
                assert what in text, f"{where} has no {what!r} any more"
                text = text.replace(what, by)
        return text

    with mock.patch.object(executor, "look", plant.look), mock.patch.object(scripts, "source", mutated):
        yield plant.mutations
