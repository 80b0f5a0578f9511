"""A child that is told what to do, line by line, and answers in JSON: the other end of `app` and of `client_ways`."""

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


class Told:
    """Use it as a context manager. Its standard error goes to a file in the stage's folder."""

    def __init__(self, process: Child, cpu: int | None = None) -> None:
        self._process, self._log, self._cpu = process, process.log, cpu

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                self._process.argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._process.whole_environment,
                cwd=self._process.folder,
            )
        if self._cpu is not None:
            os.sched_setaffinity(self._child.pid, {self._cpu})
        try:
            self._read(60)
        except BaseException:
            self._child.kill()
            self._child.wait()
            raise
        return self

    def ask(self, seconds: float = 300.0, **wish: object) -> dict[str, Any]:
        """Raises: RuntimeError with its last words when it does not answer."""
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(wish).encode() + b"\n")
        self._child.stdin.flush()
        return self._read(seconds)

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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
