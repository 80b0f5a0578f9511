"""What two sides' requests differ in, one thing at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from proofs import Sent

NOTHING = "-"


class Difference(NamedTuple):
    """``part`` is a field by its place, ``name``, ``path``, ``request`` (one side alone sends it) or ``refusal``."""

    part: str
    ours: str
    theirs: str


def compare(ours: Sequence[Sent], theirs: Sequence[Sent]) -> Iterator[Difference]:
    """Requests for the same are compared with each other, then what is left in the order in which it was sent."""
    left, right = list(ours), list(theirs)
    for mine in ours:
        same = next((each for each in right if _target(each) == _target(mine)), None)
        if same is not None:
            left.remove(mine)
            right.remove(same)
            yield from _fields(mine, same)
    for changes in (False, True):
        alone = [each for each in left if (each.method != "GET") is changes]
        other = [each for each in right if (each.method != "GET") is changes]
        yield from _in_turn(alone, other)


def _in_turn(left: Sequence[Sent], right: Sequence[Sent]) -> Iterator[Difference]:
    for mine, other in zip(left, right, strict=False):
        yield Difference("path", _target(mine), _target(other))
        yield from _fields(mine, other)
    for mine in left[len(right) :]:
        yield Difference("request", _target(mine), NOTHING)
    for other in right[len(left) :]:
        yield Difference("request", NOTHING, _target(other))


def _target(sent: Sent) -> str:
    return f"{sent.method} {sent.path}"


def _fields(ours: Sent, theirs: Sent) -> Iterator[Difference]:
    """Each field whose value differs; one that only goes by another name is told as ``name``."""
    mine, other = dict(ours.fields), dict(theirs.fields)
    for name in sorted(mine.keys() - other.keys()):
        alike = next((each for each in sorted(other.keys() - ours.fields.keys()) if other[each] == mine[name]), None)
        if alike is not None:
            yield Difference("name", name, alike)
            del mine[name], other[alike]
    for name in sorted({*mine, *other}):
        if mine.get(name, NOTHING) != other.get(name, NOTHING):
            yield Difference(name, mine.get(name, NOTHING), other.get(name, NOTHING))
