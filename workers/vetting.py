"""Does a command come from whom it says, unchanged, for the first time, and in time? Asked before anything is sent."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Mapping
from typing import Final, NoReturn

from router.commands import AnyCommand, AnyWrite, read_command
from router.errors import InvalidCommand, Unsigned
from router.identity import with_id
from router.journal import Journal
from router.results import FINAL_STATES
from router.signature import Signature, mac_of
from workers.producers import Producer

_REMEMBERED: Final = 100_000


class Vetting:
    """Checks signatures where there is a producers file; else every command is taken. Shared by a worker's threads.

    What changes nothing at an exchange needs no signature. Weakness: a command that was carried is remembered by the
    journal and by this process. Who can rewrite the journal could have one repeated by another worker process, within
    the signature's time and under the same client order id.
    """

    def __init__(self, producers: Mapping[str, Producer], journal: Journal) -> None:
        self._producers = producers
        self._journal = journal
        self._carried: dict[str, None] = {}
        self._lock = threading.Lock()

    def check(self, command: AnyCommand) -> None:
        """Raises: Unsigned, whose ``problem.code`` says why; redis.RedisError."""
        if not self._producers or not isinstance(command, AnyWrite):
            return
        signature = command.signature
        if signature is None:
            _refuse("unsigned", "(none)", "is required: this worker takes orders from known producers only")
        producer = self._producers.get(signature.key)
        if producer is None:
            _refuse("unknown_key", signature.key, "is the key of no known producer")
        given = mac_of(producer.key.get_secret_value(), signature.key, signature.until_ms, signature.text)
        if not hmac.compare_digest(given, signature.mac) or not _says(signature, command):
            _refuse("tampered", signature.key, "does not fit the command")
        if not producer.may_trade_on(command.account):
            _refuse("wrong_account", signature.key, f"is not good for the account {command.account}")
        if signature.until_ms < time.time() * 1_000:
            _refuse("expired", str(signature.until_ms), "is too old")
        self._check_first(command.id or "")

    def carried(self, command_id: str) -> None:
        """Note a command that the exchange has answered, which must not be sent again."""
        if not self._producers:
            return
        with self._lock:
            self._carried[command_id] = None
            if len(self._carried) > _REMEMBERED:
                del self._carried[next(iter(self._carried))]

    def _check_first(self, command_id: str) -> None:
        """A message may come twice, and the journal then says that it has ended; if it says anything else, it lies."""
        if command_id not in self._carried:
            return
        record = self._journal.record(command_id)
        if record is None or record.state not in FINAL_STATES:
            _refuse("replayed", command_id, "was carried out before")


def _says(signature: Signature, command: AnyCommand) -> bool:
    """Whether the signed text is this command, its identity included."""
    try:
        signed = read_command(signature.text)
    except InvalidCommand:
        return False
    named = signed.id is not None or signed.idempotency_key is not None
    return named and with_id(signed) == command.model_copy(update={"signature": None})


def _refuse(code: str, value: str, rule: str) -> NoReturn:
    raise Unsigned.by(code, value, rule)
