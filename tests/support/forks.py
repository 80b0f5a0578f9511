"""The client of `support.zygote`: a forked program, used as `subprocess.Popen` is."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0


class Zygote:
    """Started when it is first needed, one per test process."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="zygote-")
        self.path = f"{self._folder.name}/socket"
        paths = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
        environment = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.zygote", self.path],
            stdin=subprocess.PIPE,
            env={**environment, "PYTHONPATH": paths},
            cwd=ROOT,
        )
        atexit.register(self.stop)

    def connect(self) -> socket.socket:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            asked = socket.socket(socket.AF_UNIX)
            try:
                asked.connect(self.path)
            except OSError:
                asked.close()
                if self._process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.01)
            else:
                return asked

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._folder.cleanup()


_lock = threading.Lock()
_zygotes: list[Zygote] = []


def _zygote() -> Zygote:
    with _lock:
        if not _zygotes:
            _zygotes.append(Zygote())
        return _zygotes[0]


class Fork:
    """`python -m MODULE ARGUMENTS`, without the time for imports."""

    def __init__(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str], out: int, err: int
    ) -> None:
        self._asked = _zygote().connect()
        wish = {"module": module, "arguments": arguments, "environment": dict(environment), "cwd": str(ROOT)}
        document = json.dumps(wish).encode() + b"\n"
        sent = socket.send_fds(self._asked, [document], [out, err])
        self._asked.sendall(document[sent:])
        self._told = self._asked.makefile()
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises: subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._asked], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired([str(self.pid)], timeout or 0)
            self.returncode = int(self._told.readline())
            self._told.close()
            self._asked.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
