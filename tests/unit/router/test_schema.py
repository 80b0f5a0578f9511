"""The wire contract as JSON Schema: each is one, and it says of a command what the models say."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from typer.testing import CliRunner

from router import InvalidCommand
from router.commands import read_command
from router.schema import names, schema, schemas
from workers.cli import cli

ORDER = {"kind": "market_order", "exchange": "binance", "account": "sim-1", "symbol": "BTC/USDT", "side": "buy"}
LIMIT = {**ORDER, "kind": "limit_order", "quantity": "0.01", "price": "50000"}


def test_every_schema_is_one() -> None:
    found = schemas()
    assert set(found) == set(names()) >= {"command", "problem", "limit_order", "result:queries.balances"}
    for each in found.values():
        jsonschema_rs.validator_for(each)


@pytest.mark.parametrize(
    ("command", "fits"),
    [
        (LIMIT, True),
        ({**ORDER, "quantity": 1}, True),
        ({**LIMIT, "symbol": "BTC/USD:BTC-261225-60000-C"}, True),
        ({**LIMIT, "price": "-1"}, False),
        ({**LIMIT, "price": "0.00"}, False),
        ({**LIMIT, "price": 1.5}, False),
        ({**LIMIT, "symbol": "btc-usdt"}, False),
        ({**LIMIT, "side": "long"}, False),
        ({**LIMIT, "leverage": 3}, False),
        ({**LIMIT, "kind": "limit"}, False),
        ({key: value for key, value in LIMIT.items() if key != "price"}, False),
    ],
)
def test_the_schema_and_the_models_agree(command: dict[str, Any], fits: bool) -> None:  # noqa: FBT001
    assert jsonschema_rs.is_valid(schema("command"), command) is fits
    if fits:
        read_command(command)
    else:
        with pytest.raises(InvalidCommand):
            read_command(command)


def test_the_command_line_prints_schemas() -> None:
    def said(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["schema", *arguments], catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout

    assert set(json.loads(said())) == set(names())
    assert json.loads(said("limit_order"))["title"] == "LimitOrder"
    assert said("--list").split() == names()
    with pytest.raises(InvalidCommand, match="must be one of command, batch"):
        said("nothing")
