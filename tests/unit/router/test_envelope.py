"""The message of a command is what Celery expects, whatever stands in it."""

from __future__ import annotations

import json
from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from router.queues import OURS, envelope

ODD = st.text() | st.sampled_from(['"(id)"', "%(id)s %s %%", '"journaled": true', '\\"', "\udcff", "\x00", "€ 𝄞"])


@given(ODD, ODD, ODD, st.sampled_from(["binance.orders", "a%sb.orders"]))
def test_it_carries_what_it_is_given(command_id: str, document: str, shown: str, queue: str) -> None:
    text = envelope(command_id, "orders.place", queue, document, shown)
    message = json.loads(text)
    headers, properties = message["headers"], message["properties"]
    assert json.loads(b64decode(message["body"])) == [
        [],
        {"command": document},
        {"callbacks": None, "errbacks": None, "chain": None, "chord": None},
    ]
    assert (headers["id"], headers["root_id"], properties["correlation_id"]) == (command_id,) * 3
    assert (headers["task"], headers["kwargsrepr"], headers["journaled"]) == ("orders.place", shown, True)
    assert properties["delivery_info"] == {"exchange": "", "routing_key": queue}
    assert text.encode().count(OURS) == 1


def test_each_has_a_tag_of_its_own() -> None:
    same = [json.loads(envelope("1", "orders.place", "binance.orders", "{}", "")) for _ in range(2)]
    one, other = (message["properties"].pop("delivery_tag") for message in same)
    assert same[0] == same[1]
    assert one != other
