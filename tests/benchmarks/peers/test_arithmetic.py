"""The benchmark's own arithmetic, and what it is about: that the systems are named and prepared as it says."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest
from benchmarks.peers import venue_replies
from benchmarks.peers.bars import chart
from benchmarks.peers.compare import verdict
from benchmarks.peers.figures import percentile, ratios
from benchmarks.peers.page_orders import OURS
from benchmarks.peers.systems import SYSTEMS
from benchmarks.peers.venue import _length, _named


def test_percentile_is_the_nearest_rank() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert math.isnan(percentile([], 0.5))


def test_ratios_compare_within_a_round() -> None:
    """In the second round the machine was half as fast, for both alike."""
    assert ratios({"a": [1.0, 2.0], "b": [2.0, 4.0]}, "a", "b") == [0.5, 0.5]


def test_a_chart_is_xml_and_shows_every_row() -> None:
    drawn = chart("a < b", "µs", {"pointsman": [1.0, 2.0, 3.0], "a & b": [250.0]})
    texts = [each.text for each in ET.fromstring(drawn).iter() if each.tag.endswith("text")]  # noqa: S314 - our own
    assert texts == ["a < b", "pointsman", "2.00 µs", "a & b", "250 µs"]


@pytest.mark.parametrize(
    ("request_bytes", "marks", "name"),
    [
        (b"symbol=B&newClientOrderId=abc&timestamp=1", (b"newClientOrderId=",), "abc"),
        (b'{"qty":"1","orderLinkId":"a-b"}', (b'"orderLinkId":"', b'"orderLinkId": "'), "a-b"),
        (b'{"clOrdId": "x1", "sz": "1"}', (b'"clOrdId":"', b'"clOrdId": "'), "x1"),
        (b"GET /v5/order/realtime?orderLinkId=q HTTP/1.1\r\n", (b"orderLinkId=",), "q"),
        (b"nothing", (b"newClientOrderId=",), ""),
    ],
)
def test_the_exchange_finds_the_client_order_id(request_bytes: bytes, marks: tuple[bytes, ...], name: str) -> None:
    assert _named(request_bytes, marks) == name


def test_the_exchange_reads_a_length_in_every_spelling() -> None:
    for spelt in (b"Content-Length", b"content-length", b"Content-length"):
        head = b"POST / HTTP/1.1\r\nA: b\r\n" + spelt + b": 42\r\n\r\n"
        assert _length(head, head.index(b"\r\n\r\n")) == 42


def test_a_reply_is_as_long_as_it_says() -> None:
    for exchange, _, made in venue_replies.ORDERS.values():
        head, _, body = venue_replies.reply_to(exchange, made, "f" * 32).partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head


@pytest.mark.parametrize(("here", "is_dearer"), [(110.0, False), (111.0, True), (50.0, False)])
def test_a_tenth_more_is_too_much(here: float, is_dearer: bool) -> None:  # noqa: FBT001 - a parameter of the table
    lines, found = verdict("main", {"place_order": 100.0, "worker": 100.0}, {"place_order": 100.0, "worker": here})
    assert found is is_dearer
    assert f"{here / 100:.3f}" in lines[2]


def test_ours_is_among_the_systems() -> None:
    assert OURS in SYSTEMS
    assert SYSTEMS[OURS].python is None
