"""What a producer's signature over a command looks like on the wire, and how it is computed."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

KeyName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]


class Signature(BaseModel):
    """A producer's word for a command.

    ``text`` is the command as it was signed, JSON without this field; ``key`` the name of the producer's key,
    ``until_ms`` when the word loses its force (Unix time), ``mac`` what `mac_of` makes of them. The text comes along,
    so that nobody has to agree on how JSON is to be spelled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: KeyName
    until_ms: Annotated[int, Field(ge=0, lt=2**53, strict=True)]
    mac: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    text: Annotated[str, StringConstraints(max_length=65_536)]


def mac_of(secret: str, key: str, until_ms: int, text: str) -> str:
    """HMAC-SHA256, in hex, of the key's name, the time and the text, each but the last followed by a line feed."""
    return hmac.new(secret.encode(), f"{key}\n{until_ms}\n{text}".encode(), hashlib.sha256).hexdigest()
