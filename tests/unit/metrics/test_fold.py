"""Events become figures: each ended command once, each doubt with its outcome, wherever the stream is cut."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from router.errors import ErrorKind
from workers.metrics.fold import OTHER, Begun, Event, Fold, reason_in, reason_of

DOCUMENT = json.dumps({"kind": "limit_order", "exchange": "binance", "account": "main"})
PROBLEM = json.dumps({"kind": "insufficient_balance", "message": "no"})


def same(exchange: str, account: str) -> tuple[str, str]:
    return exchange, account


def folded(*events: tuple[str, str, int]) -> Counter[str]:
    """The figures of one command's events: state, detail, ms."""
    fold = Fold({}, same)
    for state, detail, at_ms in events:
        fold.add(Event("a", state, detail, at_ms))
    return fold.figures


def test_an_order_that_goes_well() -> None:
    figures = folded(("queued", DOCUMENT, 1_000), ("sending", "", 1_004), ("done", "{}", 1_030))
    assert figures == {
        "commands|binance|main|orders.place|done|": 1,
        "hops|binance|orders|queued_claimed|le=0.005": 1,
        "hops|binance|orders|queued_claimed|sum": 4_000,
        "took|binance|orders|le=0.05": 1,
        "took|binance|orders|sum": 30_000,
    }


def test_only_the_first_claim_is_the_way_to_the_worker() -> None:
    again = (("waiting", "rate_limited", 2_000), ("queued", "its time has come", 9_000), ("sending", "", 9_001))
    figures = folded(("queued", DOCUMENT, 1_000), ("sending", "", 1_001), *again)
    assert [name for name in figures if "queued_claimed|le" in name] == ["hops|binance|orders|queued_claimed|le=0.001"]
    assert figures["waits|binance|main|orders.place|rate_limited"] == 1


def test_a_lost_reply_is_a_doubt_until_it_is_settled() -> None:
    begun = (("queued", DOCUMENT, 0), ("sending", "", 1), ("unknown", "time-out", 2), ("unknown", "not seen yet", 3))
    assert doubts(folded(*begun)) == {"began": 1, "unsure": 1}
    assert doubts(folded(*begun, ("done", "{}", 4))) == {"began": 1, "unsure": 1, "found": 1}
    assert doubts(folded(*begun, ("rejected", PROBLEM, 4))) == {"began": 1, "unsure": 1, "rejected": 1}
    resent = (("queued", "proven not executed", 4), ("sending", "", 5), ("done", "{}", 6))
    assert doubts(folded(*begun, *resent)) == {"began": 1, "unsure": 1, "absent": 1}


def doubts(figures: Counter[str]) -> dict[str, int]:
    return {name.rpartition("|")[2]: count for name, count in figures.items() if name.startswith("doubts")}


def test_how_it_ended_tells_why() -> None:
    refused = folded(("queued", DOCUMENT, 0), ("sending", "", 1), ("rejected", PROBLEM, 2))
    assert refused["commands|binance|main|orders.place|rejected|insufficient_balance"] == 1


def test_events_about_no_command_and_commands_nobody_knows() -> None:
    fold = Fold({}, lambda *_: (OTHER, OTHER))
    fold.add(Event("", "halted", "{}", 1))
    assert not fold.figures
    fold.add(Event("b", "cancelled", PROBLEM.replace("insufficient_balance", "cancelled"), 1))
    fold.add(Event("c", "queued", DOCUMENT.replace("limit_order", "no_such_kind"), 1))
    assert fold.figures[f"commands|{OTHER}|{OTHER}|{OTHER}|cancelled|cancelled"] == 1
    assert fold.open["c"].task == OTHER


def test_reasons_are_those_of_our_table() -> None:
    assert reason_in("rate_limited") == "rate_limited"
    assert reason_in("Too many requests. [rate_limited -1003]") == "rate_limited"
    assert reason_in("its order is not settled yet") == reason_in("[invented]") == "other"
    assert reason_of('{"kind":"expired","message":"x"}') == "expired"
    assert reason_of("") == reason_of("[]") == reason_of('{"kind":"DROP TABLE"}') == "other"
    assert all(reason_in(f"words [{kind}]") == kind for kind in ErrorKind)


STEPS = st.sampled_from(["sending", "waiting", "unknown", "queued", "done", "rejected", "expired", "failed"])
STORIES = st.lists(st.tuples(st.sampled_from("abc"), STEPS), max_size=40)


@given(STORIES, st.integers(0, 40))
def test_wherever_the_stream_is_cut_the_sum_is_the_same(story: list[tuple[str, str]], cut: int) -> None:
    """A follower that is stopped goes on from what was written down: what is open, and nothing else."""
    events = [Event(name, "queued", DOCUMENT, 0) for name in "abc"]
    events += [Event(name, state, PROBLEM, at) for at, (name, state) in enumerate(story, 1)]
    whole = Fold({}, same)
    first = Fold({}, same)
    for event in events:
        whole.add(event)
    for event in events[:cut]:
        first.add(event)
    written: dict[str, Begun] = {name: first.open[name] for name in first.changed}
    second = Fold(written, same)
    for event in events[cut:]:
        second.add(event)
    assert first.figures + second.figures == whole.figures
    ended = sum(count for name, count in whole.figures.items() if name.startswith("commands|"))
    assert ended == sum(event.state in ("done", "rejected", "expired", "failed") for event in events)
