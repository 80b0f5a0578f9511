"""`pointsman` as a person types it, and `pointsman up` in a folder of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from support.forks import Fork
from support.processes import Process, eventually

POINTSMAN = [sys.executable, "-m", "workers.cli"]


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - whatever JSON was printed
        return json.loads(self.out)


def program(module: str, *words: str, patience: float = 60, **environment: str) -> Done:
    """`python -m MODULE WORDS`, until it has ended."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = Fork(module, words, {**told, "COLUMNS": "300", **environment}, out.fileno(), err.fileno())
        try:
            code = child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        out.seek(0)
        err.seek(0)
        return Done(code, out.read(), err.read())


def pointsman(*words: str, patience: float = 60, **environment: str) -> Done:
    return program(POINTSMAN[2], *words, patience=patience, **environment)


def at_once(tell: Callable[..., Done], commands: Sequence[str]) -> dict[str, Done]:
    with ThreadPoolExecutor(4) as threads:
        return dict(zip(commands, threads.map(lambda words: tell(*words.split()), commands), strict=True))


def one_sentence(done: Done, code: int) -> str:
    """What was said on standard error: one line, nothing on standard output, and no traceback."""
    assert (done.code, done.out) == (code, ""), done
    said = done.err.strip().splitlines()
    assert len(said) == 1, done.err
    return said[0]


def alive(pid: int) -> bool:
    """True while the process or a child of its session is there."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Up(Process):
    """`pointsman up` in a folder, on free ports."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.state = folder / "state"
        argv = [*POINTSMAN, "up", "--state", self.state, "--workers", "1", "--any-port"]
        super().__init__("up", argv, folder / f"up-{time.monotonic_ns()}.log", {"COLUMNS": "300", **environment})

    def start(self) -> None:
        super().start()
        eventually(lambda: "Ctrl-C stops everything" in self.output() or not self.alive(), 40, "everything is up")
        assert self.alive(), self.output()

    @property
    def pids(self) -> dict[str, int]:
        rows = re.findall(r"│ ([\w-]+) +│ .*? +│ (\d+) +│", self.output())
        return {name: int(pid) for name, pid in rows}

    @property
    def redis_url(self) -> str:
        found = re.search(r"POINTSMAN_REDIS_URL=(\S+)", self.output())
        assert found is not None
        return found.group(1)

    def tell(self, *words: str) -> Done:
        return pointsman(*words, POINTSMAN_REDIS_URL=self.redis_url)

    def stopped(self) -> list[str]:
        """Which services it says it stopped, in that order."""
        return re.findall(r"^ +(\S+) +stopped$", self.output(), re.MULTILINE)


def typed(*words: str, **environment: str) -> Done:
    """The same inside this process, a second sooner: for commands that end by themselves and ask nobody anything."""
    from workers.cli import main  # noqa: PLC0415 - after the environment of the tests is settled

    told = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")}
    out, err, code = io.StringIO(), io.StringIO(), 0
    before, argv = dict(os.environ), sys.argv
    try:
        os.environ.clear()
        os.environ.update({**told, "COLUMNS": "300", **environment})
        sys.argv = ["pointsman", *words]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os.environ.clear()
        os.environ.update(before)
        sys.argv = argv
    return Done(code, out.getvalue(), err.getvalue())
