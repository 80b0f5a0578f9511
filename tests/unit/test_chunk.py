"""Which account of a chunk is asked next; none is forgotten, and none is asked before its time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workers.chunk import CHUNKS, LARGEST, Chunk, chunk_size

NAMES = [f"a-{number}" for number in range(8)]


@given(accounts=st.integers(1, 100_000))
def test_chunks_hold_everybody_and_are_many_enough_to_be_asked_at_once(accounts: int) -> None:
    size = chunk_size(accounts)
    assert 1 <= size <= LARGEST
    assert size in (1, LARGEST) or -(-accounts // size) > CHUNKS // 2


@given(pauses=st.lists(st.integers(0, 5), max_size=30))
def test_every_account_is_asked_until_it_is_done_with(pauses: list[int]) -> None:
    chunk, now, done = Chunk(NAMES), 0.0, []
    due = dict.fromkeys(NAMES, 0.0)
    waits = list(pauses)
    while (wait := chunk.wait(now)) is not None:
        now += wait
        account = chunk.next(now)
        assert account is not None
        assert due[account] <= now
        if waits:
            due[account] = now + waits.pop()
            chunk.set_aside(account, due[account], "later")
        else:
            done.append(account)
    assert sorted(done) == NAMES


def test_those_that_wait_for_the_same_thing_wait_together() -> None:
    chunk = Chunk(NAMES)
    first = chunk.next(0.0)
    assert first == "a-0"
    chunk.set_aside(first, 2.0, "banned", alike={"a-0", "a-1", "a-2"})
    asked = [chunk.next(0.0) for _ in range(6)]
    assert asked == ["a-3", "a-4", "a-5", "a-6", "a-7", None]
    assert (chunk.wait(0.5), chunk.why) == (1.5, "banned")
    assert [chunk.next(2.0) for _ in range(4)] == ["a-0", "a-1", "a-2", None]
    assert chunk.wait(2.0) is None


@given(until=st.lists(st.integers(1, 9), min_size=8, max_size=8))
def test_who_takes_a_chunk_up_goes_on_where_it_was_left(until: list[int]) -> None:
    chunk = Chunk(NAMES)
    for account, moment in zip(NAMES[:5], until, strict=False):
        assert chunk.next(0.0) == account
        chunk.attempts[account] += 1
        chunk.calls[account] += 2
        chunk.set_aside(account, float(moment), "later")
    other = Chunk(NAMES[1:], chunk.remembered())
    assert [other.next(0.0) for _ in range(4)] == [*NAMES[5:], None]
    assert other.wait(0.0) == min(until[1:5])
    assert sorted(str(other.next(9.0)) for _ in range(4)) == NAMES[1:5]
    assert (other.attempts["a-1"], other.calls["a-1"]) == (1, 2)
