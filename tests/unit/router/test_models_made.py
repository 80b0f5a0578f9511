"""Results are made without validation as pydantic makes them, only quicker: nothing else may differ."""

from __future__ import annotations

import importlib
import pkgutil
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import router
import workers.exchanges
from router.models import Fee, Model, Order

for package in (router, workers.exchanges):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)


def _all(model: type[Model]) -> list[type[Model]]:
    return [model, *(each for child in model.__subclasses__() for each in _all(child))]


MODELS = [model for model in _all(Model) if model.model_fields]
_by_pydantic: Any = BaseModel.model_construct.__func__  # type: ignore[attr-defined]


@given(st.data())
def test_it_is_as_pydantic_makes_it(data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(MODELS))
    left_out = data.draw(st.sets(st.sampled_from([*model.model_fields, ""]), max_size=3))
    names = data.draw(st.permutations(sorted({*model.model_fields, "misspelt"} - left_out)))
    names = [name for name in names if name != "misspelt" or "" in left_out]
    values = {name: f"<{name}>" for name in names}
    ours, theirs = model.model_construct(**values), _by_pydantic(model, **values)
    assert ours.__dict__ == theirs.__dict__
    assert list(ours.__dict__) == list(theirs.__dict__), "in the order in which it is written down"
    assert ours.model_fields_set == theirs.model_fields_set
    assert (ours.__pydantic_extra__, ours.__pydantic_private__) == (
        theirs.__pydantic_extra__, theirs.__pydantic_private__,
    )  # fmt: skip
    assert ours == theirs


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_defaults_can_be_shared_and_nothing_else_is_needed(model: type[Model]) -> None:
    for name, field in model.model_fields.items():
        assert field.alias is None, name
        if not field.is_required() and field.default_factory is None:
            hash(field.default)  # what can be changed has none
    assert not model.__private_attributes__
    assert not model.__pydantic_post_init__


def test_it_is_set_once_and_survives_copies_and_json() -> None:
    fee = Fee.model_construct(asset="BTC", amount=Decimal("0.1"))
    assert fee == Fee(asset="BTC", amount=Decimal("0.1"))
    with pytest.raises(ValueError, match="frozen"):
        fee.asset = "ETH"
    assert fee.model_copy(update={"asset": "ETH"}).asset == "ETH"
    assert Fee.model_validate_json(fee.model_dump_json()) == fee


def test_one_does_not_change_the_next() -> None:
    fields: dict[str, Any] = {"exchange": "binance", "client_order_id": "a"}
    one = Order.model_construct(**fields)
    one.__dict__["fees"] = []
    assert Order.model_construct(**fields).fees is None
