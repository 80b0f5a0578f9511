"""A producer signs its commands, so that whoever can write to Redis still cannot trade; docs/signatures.md."""

from __future__ import annotations

import time
from typing import Final

from pydantic import SecretStr

from router.commands import AnyWrite, C, Command
from router.signature import Signature, mac_of

SHORTEST_KEY: Final = 32
_SLACK_SECONDS: Final = 10.0  # for clocks that disagree, and for the way to Redis
_FOR_EVER_SECONDS: Final = 86_400.0  # how long the signature of a command holds that has no deadline


class Signer:
    """One producer's key. The setting ``signing_key`` is its name and the secret, with a colon in between."""

    def __init__(self, signing_key: SecretStr) -> None:
        self._name, _, secret = signing_key.get_secret_value().partition(":")
        self._secret = SecretStr(secret)

    def sign(self, command: C) -> C:
        """The command with its signature, which holds a little longer than the command may live; reads need none."""
        if not _trades(command):
            return command
        bare = command.model_copy(update={"signature": None})
        life = _FOR_EVER_SECONDS if bare.expires_in is None else bare.expires_in
        until_ms = round((time.time() + life + _SLACK_SECONDS) * 1_000)
        text = bare.to_json()
        mac = mac_of(self._secret.get_secret_value(), self._name, until_ms, text)
        return bare.model_copy(update={"signature": Signature(key=self._name, until_ms=until_ms, mac=mac, text=text)})


def _trades(command: Command) -> bool:
    return isinstance(command, AnyWrite)
