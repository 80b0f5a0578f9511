"""Several commands in one message: each is a command of its own, with its own record, outcome and ticket.

The batch itself is only a doorbell, so it has no record: what is lost with it, the sweeper brings up one by one.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from router.command_base import Name
from router.commands import AnyNewOrder, CancelOrder
from router.errors import KIND_TAGS, InvalidCommand

MOST = 20
"""How many commands one message carries: the most that any exchange takes in one call."""


class Batch(BaseModel, ABC):
    """Commands for one account; an item that names no exchange or account has the batch's."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    task: ClassVar[str]

    exchange: Name
    account: Name

    @model_validator(mode="before")
    @classmethod
    def _share_the_address(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was sent; the fields' types refuse it
        if not isinstance(given, dict) or not isinstance(given.get("orders"), list):
            return given
        address = {name: given[name] for name in ("exchange", "account") if name in given}
        return {
            **given,
            "orders": [{**address, **each} if isinstance(each, dict) else each for each in given["orders"]],
        }

    @model_validator(mode="after")
    def _is_for_one_account(self) -> Batch:
        for place, item in enumerate(self.items):
            if (item.exchange, item.account) != (self.exchange, self.account):
                raise ValueError(
                    f"orders.{place} is for {item.exchange} {item.account}, the batch for one account only"
                )
        return self

    @property
    @abstractmethod
    def items(self) -> list[AnyNewOrder | CancelOrder]:
        """Its commands."""

    def to_json(self) -> str:
        """The wire form."""
        return self.model_dump_json(exclude_none=all(item.expires_in is not None for item in self.items))


class PlaceBatch(Batch):
    """Orders that are placed together where the exchange can, else one by one."""

    task = "orders.place_batch"
    kind: Literal["place_batch"] = "place_batch"
    orders: Annotated[list[Annotated[AnyNewOrder, Field(discriminator="kind")]], Field(min_length=1, max_length=MOST)]

    @property
    def items(self) -> list[AnyNewOrder | CancelOrder]:
        """Its orders."""
        return list(self.orders)


class CancelBatch(Batch):
    """Cancels that are carried out together where the exchange can, else one by one."""

    task = "orders.cancel_batch"
    kind: Literal["cancel_batch"] = "cancel_batch"
    orders: Annotated[list[CancelOrder], Field(min_length=1, max_length=MOST)]

    @property
    def items(self) -> list[AnyNewOrder | CancelOrder]:
        """Its cancels."""
        return list(self.orders)


AnyBatch = PlaceBatch | CancelBatch
BATCHES: dict[str, type[AnyBatch]] = {model.task: model for model in (PlaceBatch, CancelBatch)}
_READER: TypeAdapter[AnyBatch] = TypeAdapter(Annotated[AnyBatch, Field(discriminator="kind")])
KIND_TAGS.update(("place_batch", "cancel_batch"))


def read_batch(document: str | bytes | dict[str, Any]) -> AnyBatch:
    """Read a batch from JSON text or plain data. Raises: InvalidCommand naming field, value and rule."""
    try:
        return _READER.validate_python(document) if isinstance(document, dict) else _READER.validate_json(document)
    except ValidationError as error:
        raise InvalidCommand.from_validation(error) from error


def item_id(task_id: str, place: int) -> str:
    """The id of an item that has none, from that of the message: the same however often it is delivered."""
    return hashlib.blake2b(f"{task_id}:{place}".encode(), digest_size=16, person=b"pointsman").hexdigest()
