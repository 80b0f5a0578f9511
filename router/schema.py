"""The wire contract as JSON Schema (draft 2020-12): what can be sent, and what comes back."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from router.batches import BATCHES, AnyBatch
from router.commands import COMMANDS, AnyCommand
from router.errors import InvalidCommand, Problem
from router.results import RESULT_OF

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BATCH: TypeAdapter[AnyBatch] = TypeAdapter(Annotated[AnyBatch, Field(discriminator="kind")])
_MODEL_OF = {str(model.model_fields["kind"].default): model for model in (*AnyCommand.__args__, *BATCHES.values())}


def names() -> list[str]:
    """Everything that has a schema: the families, each kind of command, and each task's result."""
    return ["command", "batch", "problem", *_MODEL_OF, *(f"result:{task}" for task in RESULT_OF)]


def schema(name: str) -> dict[str, Any]:
    """One schema: command (any), batch, problem, a kind such as limit_order, or result:orders.place and its like.

    Raises: InvalidCommand for a name that is none.
    """
    if name == "command":
        return _schema(COMMANDS, "validation")
    if name == "batch":
        return _schema(_BATCH, "validation")
    if name == "problem":
        return _schema(TypeAdapter(Problem), "serialization")
    if name in _MODEL_OF:
        return _schema(TypeAdapter(_MODEL_OF[name]), "validation")
    task = name.removeprefix("result:")
    if name.startswith("result:") and task in RESULT_OF:
        return _schema(RESULT_OF[task], "serialization")
    raise InvalidCommand.because("name", name, f"must be one of {', '.join(names())}")


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by name."""
    return {name: schema(name) for name in names()}


def _schema(adapter: TypeAdapter[Any], mode: JsonSchemaMode) -> dict[str, Any]:
    return {"$schema": DIALECT, **adapter.json_schema(mode=mode)}
