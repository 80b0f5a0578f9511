"""The record of every command, and each of its moves: a typed face for every script, so that none is called by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import redis

from router.claims import Answer, Claim, Verdict
from router.connection import patience_ms
from router.keys import Keys
from router.scripts import Script
from router.settings import RouterSettings
from router.taking import Taken

_COPY_AGAIN_MS = 500
_LETTERS_KEPT, _LETTER_LENGTH, _REASON_LENGTH = 10_000, 16_384, 500


class Submission(NamedTuple):
    """A command ready to be accepted.

    ``life_ms`` is -1 for ever; ``message`` is '' when it goes another way; ``target`` is the command that a cancel is
    about; ``line`` is where it waits for its turn, ``here`` that a worker has it in hand already, ``quiet`` that a
    batch's message calls it, unless it must wait in line: then its own does. ``flight`` names what is read: then
    an identical read under way answers for both, if it was not sent yet, or at most ``joins_ms`` ago.
    """

    id: str
    document: str
    digest: str
    task: str
    queue: str
    exchange: str
    account: str
    life_ms: int
    keep_ms: int
    writes: bool
    line: str
    message: str = ""
    grace_ms: int = 3000
    target: str | None = None
    here: bool = False
    quiet: bool = False
    flight: str = ""
    joins_ms: int = 0


class Acceptance(NamedTuple):
    """``how`` is accepted, same, conflict or joined; ``state`` where the command stands.

    ``called`` tells that it is its turn, ``owner`` is the identical read that was joined.
    """

    how: str
    state: str
    called: bool = False
    owner: str = ""


class Finish(NamedTuple):
    """What became of an attempt. ``state`` is done, rejected, failed, waiting, queued or unknown.

    ``at_once``: how many commands of its line are worth calling at once, 0 for no opinion. ``acknowledged``: that the
    exchange took the request, which must then never be sent again.
    """

    id: str
    attempt: int
    state: str
    result: str = ""
    delay_ms: int = 0
    why: str = ""
    report: bytes = b""
    at_once: int = 0
    acknowledged: int = 0


class Copies(NamedTuple):
    """On how many replicas a command, and the claim of one, must be before they count, and how long that may take."""

    replicas: int
    patience_ms: int = 2_500

    @classmethod
    def of(cls, settings: RouterSettings) -> Self:
        """As the settings wish."""
        return cls(settings.replicas, patience_ms(settings))


class Doorbell(NamedTuple):
    """A command whose message must be sent again."""

    id: str
    task: str
    queue: str
    document: str


class Sweep(NamedTuple):
    """What a sweep found: the doorbells to ring, and in how many ms the next command is due (None: nothing waits)."""

    rings: list[Doorbell]
    next_in_ms: int | None


class Record(NamedTuple):
    """A command as the journal knows it.

    ``result`` is JSON: the model of a done command, the problem of another. ``created`` and ``finished`` are ms of
    Redis' clock, '' while there is none; ``why`` is what it waits or waited for.
    """

    state: str
    task: str
    result: str
    document: str
    created: str = ""
    finished: str = ""
    attempts: str = ""
    why: str = ""

    @property
    def took_ms(self) -> int | None:
        """From acceptance to the end; None for a command that has not ended."""
        return int(self.finished) - int(self.created) if self.finished else None


class Journal:
    """Commands and their states in Redis. Every method is one round trip, atomic, and may raise redis.RedisError."""

    def __init__(self, client: redis.Redis, keys: Keys, copies: Copies | None = None) -> None:
        self.client = client
        self.keys = keys
        self._copies = copies or Copies(0)
        self._submit = Script(client, "submit")
        self._begin = Script(client, "begin")
        self._companions = Script(client, "companions")
        self._finish = Script(client, "finish")
        self._unsent = Script(client, "unsent")
        self._settle = Script(client, "settle")
        self._replay = Script(client, "replay")
        self._sweep = Script(client, "sweep")
        self._lead = Script(client, "lead")
        self._pass = Script(client, "pass")
        self._report = Script(client, "report")

    def submit(self, *submissions: Submission, fsync_ms: int | None = None) -> list[Acceptance]:
        """Accept commands, each once; all in one round trip, each atomic by itself.

        With ``fsync_ms``, wait so long for them to be on the server's disk. Raises: redis.TimeoutError when they are
        not by then, or what changes something is not on as many replicas as it should; redis.ResponseError when the
        server keeps no append-only file.
        """
        copied = self._copies.replicas > 0 and any(submission.writes for submission in submissions)
        if len(submissions) == 1 and fsync_ms is None and not copied:
            return [_acceptance(self._submit(*self._submission(submissions[0])))]
        with self.client.pipeline(transaction=False) as pipeline:
            for submission in submissions:
                self._submit(*self._submission(submission), pipeline)
            if fsync_ms is not None:
                pipeline.execute_command("WAITAOF", 1, 0, fsync_ms)  # type: ignore[no-untyped-call]
            if copied:
                pipeline.execute_command("WAIT", *self._copies)  # type: ignore[no-untyped-call]
            replies = pipeline.execute()
        if copied and (have := int(replies.pop())) < self._copies.replicas:
            raise redis.TimeoutError(self._too_few(have))
        if fsync_ms is not None and replies.pop()[0] < 1:
            raise redis.TimeoutError(f"the server did not have them on disk within {fsync_ms} ms")
        return [_acceptance(reply) for reply in replies]

    def begin(self, claim: Claim, *, changes: bool = True) -> Verdict:
        """Claim a command for one worker, through the gate.

        What ``changes`` something at the exchange is only sent when its claim is on as many replicas as it should:
        otherwise it waits, and nothing was sent.
        """
        if not (changes and self._copies.replicas):
            return Verdict.read(self._begin(self._about(claim.id), claim))
        with self.client.pipeline(transaction=False) as pipeline:
            self._begin(self._about(claim.id), claim, pipeline)
            pipeline.execute_command("WAIT", *self._copies)  # type: ignore[no-untyped-call]
            reply, have = pipeline.execute()
        verdict = Verdict.read(reply)
        if verdict.what != "send" or int(have) >= self._copies.replicas:
            return verdict
        self.finish(Finish(claim.id, verdict.attempt, "waiting", "", _COPY_AGAIN_MS, self._too_few(int(have))))
        return Verdict("wait", wait_ms=_COPY_AGAIN_MS, reason="not_replicated")

    def _too_few(self, have: int) -> str:
        wanted, patience_ms = self._copies
        return f"{have} of {wanted} replicas had it within {patience_ms} ms"

    def companions(self, line: str, command_id: str, most: int) -> list[str]:
        """The documents of commands that wait in the same line, and could go along with this one in one call."""
        found = self._companions((self.keys.line(line),), (command_id, self.keys.commands, most))
        return [document.decode() for document in found]

    def finish(self, finish: Finish) -> bool:
        """Write down what became of an attempt; False when another attempt has taken over since."""
        return self.finish_and_take(finish, ())[0]

    def finish_and_take(self, finish: Finish, queues: Sequence[str]) -> tuple[bool, Taken | None]:
        """As `finish`, and take the next message too: from the first of these queues that begins with one of ours.

        Who dies with it in hand has lost a doorbell: the sweeper rings again.
        """
        said, *taken = self._finish((*self._about(finish.id), *queues), finish)
        return said == b"written", Taken(taken[0].decode(), taken[1]) if taken else None

    def end_unsent(self, command_id: str, state: str, result: str) -> str:
        """End a command that was never sent; answers written, stale (it has moved on) or missing."""
        return self._unsent(self._about(command_id), (command_id, state, result, 0, ""))[0].decode()

    def park_unsent(self, command_id: str, delay_ms: int, why: str) -> str:
        """Let a command that was not sent wait; answers as `end_unsent`."""
        return self._unsent(self._about(command_id), (command_id, "waiting", "", delay_ms, why))[0].decode()

    def settle(self, command_id: str, result: str) -> bool:
        """End an unknown placement with what its cancel learnt; False when it was not unknown."""
        return self._settle(self._about(command_id), (command_id, result))[0] == b"written"

    def replay(self, submission: Submission) -> str:
        """Take a failed or expired command up again; answers written, stale or missing."""
        keys = (*self._about(submission.id), submission.queue)
        args = (submission.id, submission.life_ms, submission.message, submission.grace_ms, submission.document)
        return self._replay(keys, args)[0].decode()

    def sweep(self, at_most: int, grace_ms: int) -> Sweep:
        """Expire, hand over and wake what is due."""
        keys = ("", self.keys.agenda, self.keys.events)
        first, now, rings = self._sweep(keys, (self.keys.commands, at_most, grace_ms))
        fields = [value.decode() for value in rings]  # type: ignore[attr-defined]  # the reply's third part is a list
        bells = [Doorbell(*fields[at : at + 4]) for at in range(0, len(fields), 4)]
        return Sweep(bells, None if first == b"-1" else max(0, int(float(first)) - int(now)))

    def lead(self, name: str, lease_ms: int) -> bool:
        """Take or keep the lead among the sweepers."""
        return bool(self._lead((self.keys.sweeper,), (name, lease_ms))[0])

    def enter(self, passage: bytes) -> Answer:
        """Let a call through the gate that belongs to no command, or say why not."""
        reason, told, *detail = (value.decode() for value in self._pass((), (passage,)))
        return Answer(reason, float(told), detail[0]) if reason else Answer(mark=told)

    def report(self, report: bytes) -> None:
        """Tell the gate what a call taught."""
        self._report((), (report,))

    def record(self, command_id: str) -> Record | None:
        """Read a command; None when none of that id is known (any more). A tombstone has no task and no document."""
        return _record(self.client.hmget(self.keys.command(command_id), *Record._fields))

    def records(self, command_ids: Sequence[str]) -> list[Record | None]:
        """Read several, in order."""
        with self.client.pipeline(transaction=False) as pipeline:
            for command_id in command_ids:
                pipeline.hmget(self.keys.command(command_id), *Record._fields)
            return [_record(fields) for fields in pipeline.execute()] if command_ids else []

    def bury(self, queue: str, reason: str, message: str) -> None:
        """Keep a message that nobody can read, with the reason, for a person to look at."""
        letter: dict[Any, Any] = {
            "queue": queue,
            "reason": reason[:_REASON_LENGTH],
            "message": message[:_LETTER_LENGTH],
        }
        self.client.xadd(self.keys.dead, letter, maxlen=_LETTERS_KEPT, approximate=True)

    def _about(self, command_id: str) -> tuple[str, str, str]:
        return self.keys.command(command_id), self.keys.agenda, self.keys.events

    def _submission(self, given: Submission) -> tuple[tuple[str, ...], tuple[str | int, ...]]:
        target = self.keys.command(given.target) if given.target else ""
        keys = (*self._about(given.id), given.queue, target, given.flight)
        args: tuple[str | int, ...] = (
            *(given.id, given.document, given.digest, given.task, given.queue, given.exchange, given.account),
            *(given.life_ms, given.keep_ms, int(given.writes), given.message, given.grace_ms, given.target or ""),
            *(self.keys.line(given.line), int(given.here), int(given.quiet), given.joins_ms),
        )
        return keys, args


def _record(fields: Sequence[bytes | str | None]) -> Record | None:
    state, *rest = [field.decode() if isinstance(field, bytes) else "" for field in fields]
    return Record(state, *rest) if state else None


def _acceptance(reply: Sequence[bytes]) -> Acceptance:
    how, state, *rest = (value.decode() for value in reply)
    return Acceptance(how, state, owner=rest[0]) if how == "joined" else Acceptance(how, state, rest[1:] == ["1"])
