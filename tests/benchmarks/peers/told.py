"""A child that is told what to do, line by line, and answers in JSON: the other end of `app` and of `ways`."""

from __future__ import annotations

import json
import os
import select
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.peers.stage import Child

_LAST_WORDS = 2_000
_READY_SECONDS = 90.0


class Told:
    """Use it as a context manager, or begin several and then wait until each is ready.

    Its standard error goes to its process' log.
    """

    def __init__(self, process: Child) -> None:
        self._process, self._log = process, process.log
        self._begun: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._begun = subprocess.Popen(
                self._process.argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._process.whole_environment,
                cwd=self._process.folder,
            )

    def ready(self, cpu: int | None = None) -> None:
        """Wait until it is; from then on it runs on that core only. Raises: RuntimeError with its last words."""
        self._read(_READY_SECONDS)
        if cpu is not None:
            os.sched_setaffinity(self._child.pid, {cpu})

    def ask(self, seconds: float = 300.0, **wish: object) -> dict[str, Any]:
        """Raises: RuntimeError with its last words when it does not answer."""
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(wish).encode() + b"\n")
        self._child.stdin.flush()
        return self._read(seconds)

    def end(self) -> None:
        """Let it end, and insist after a while."""
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        with child.stdout:
            try:
                child.stdin.close()
                child.wait(10)
            except (BrokenPipeError, subprocess.TimeoutExpired):
                child.kill()
                child.wait()

    @property
    def _child(self) -> subprocess.Popen[bytes]:
        assert self._begun is not None
        return self._begun

    def _read(self, seconds: float) -> dict[str, Any]:
        assert self._child.stdout is not None
        while select.select([self._child.stdout], [], [], seconds)[0]:
            line = self._child.stdout.readline()
            if not line:
                break
            if line.startswith(b"{"):  # some libraries greet on standard output
                told: dict[str, Any] = json.loads(line)
                return told
        words = Path(self._log).read_text(errors="replace")[-_LAST_WORDS:]
        raise RuntimeError(f"{self._log.stem} does not answer:\n{words}")

    def __enter__(self) -> Self:
        self.begin()
        try:
            self.ready()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
