"""Every client order id has one spelling that OKX takes, and is read back from it."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import InvalidCommand
from workers.exchanges.okx.ids import LONGEST, read, spelt

OURS = st.text("0123456789ABCZqxduz-_", min_size=1, max_size=36)
OKX = re.compile(r"[0-9A-Za-z]{1,32}")


def spelling(text: str) -> str | None:
    try:
        return spelt(text)
    except InvalidCommand:
        return None


@pytest.mark.parametrize(
    "plain", ["a", "r1A", "0" * 32, uuid.UUID(int=2**127).hex, "Zebra", "ZZq", "Zqueue", "ZqZ9", "ZqZx"]
)
def test_what_fits_stays_as_it_is(plain: str) -> None:
    assert spelt(plain) == plain == read(plain)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("main-1", "ZqmainZd1"),
        ("a_b-Z", "ZqaZubZdZZ"),
        ("ZqmainZd1", "ZqZZqmainZZd1"),
        ("00000000-0000-0000-0000-000000000001", "ZqZx" + "0" * 21 + "1"),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", "ZqZx7n42DGM5Tflk9n8mt7Fhc7"),
    ],
)
def test_what_does_not_fit_is_spelt_otherwise(ours: str, theirs: str) -> None:
    assert spelt(ours) == theirs
    assert read(theirs) == ours


@given(OURS)
def test_a_spelling_is_legal_and_read_back(ours: str) -> None:
    theirs = spelling(ours)
    if theirs is not None:
        assert OKX.fullmatch(theirs)
        assert read(theirs) == ours


@given(st.uuids())
def test_the_id_of_a_celery_task_always_fits(task: uuid.UUID) -> None:
    assert read(spelt(str(task))) == str(task)
    assert spelt(task.hex) == task.hex


@given(st.text("0123456789ABCZqxduz", min_size=1, max_size=32))
def test_what_others_have_placed_keeps_its_name(theirs: str) -> None:
    """Whatever OKX shows, asking for what we read it as asks for the same order."""
    assert spelt(read(theirs)) == theirs


@given(OURS, OURS)
def test_no_two_ids_share_a_spelling(first: str, second: str) -> None:
    if first != second and spelling(first) is not None:
        assert spelling(first) != spelling(second)


@pytest.mark.parametrize("ours", ["a" * 33, "-" * 16, "a-" * 11])
def test_what_cannot_be_spelt_is_refused_by_name(ours: str) -> None:
    with pytest.raises(InvalidCommand) as caught:
        spelt(ours, "id")
    assert caught.value.problem.field == "id"
    assert str(LONGEST) in str(caught.value.problem.rule)
