"""The base of all commands, and the kinds of values their fields hold."""

from __future__ import annotations

import hashlib
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from router.signature import Signature

CommandId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
ClientOrderId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,36}$")]
OrderId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Seconds = Annotated[float, Field(gt=0, le=86_400 * 30, allow_inf_nan=False)]
Market = Literal["spot", "linear", "inverse", "option"]
"""A kind of market, as `Symbol.market` tells it: names the wallet or the list to read where no symbol does."""

ORDER_LIFE_SECONDS = 30.0
_NOT_CONTENT = {"id", "idempotency_key", "expires_in", "producer", "signature"}


class Command(BaseModel):
    """The base of all commands.

    ``id`` is given at submit when it is None: 32 hexadecimal digits, derived from ``idempotency_key`` where there is
    one. ``expires_in`` is in seconds from acceptance, on the Redis server's clock; None, said by name, means never.
    ``producer`` is who asks, for the record; ``signature`` its word for that, where workers ask for one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    task: ClassVar[str]

    exchange: Name
    account: Name
    id: CommandId | None = None
    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    expires_in: Seconds | None = ORDER_LIFE_SECONDS
    producer: Annotated[str, StringConstraints(max_length=64)] | None = None
    signature: Signature | None = None

    def to_json(self) -> str:
        """The wire form. What is None is left out, except that a deadline waived by name must stay waived."""
        return self.model_dump_json(exclude_none=self.expires_in is not None)

    def digest(self) -> str:
        """A fingerprint of what is asked, without who asks, under which key and for how long."""
        text = self.model_dump_json(exclude=_NOT_CONTENT, exclude_none=True)
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
