"""How a command gets its id."""

from __future__ import annotations

import hashlib
from secrets import token_hex

from router.commands import C


def with_id(command: C) -> C:
    """Give a command its id: derived from its idempotency key, so that whoever asks again means the same command."""
    if command.id is not None:
        return command
    if command.idempotency_key is None:
        return command.model_copy(update={"id": token_hex(16)})
    digest = hashlib.blake2b(command.idempotency_key.encode(), digest_size=16, person=b"pointsman")
    return command.model_copy(update={"id": digest.hexdigest()})
