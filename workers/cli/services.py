"""The processes behind `pointsman up`: how each is started, known to be well, and stopped."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from router.errors import ConfigurationError, ErrorKind, Problem, RouterError

_LOOK_SECONDS = 0.05
_LAST_LINES = 12
Healthy = Callable[[], bool]


class ServiceFailed(RouterError):
    """A process ended, or did not become healthy, while it was being started."""

    kind = ErrorKind.CONFIGURATION


@dataclass
class Service:
    """One child process: its log goes to a file; it gets no Ctrl-C of its own, so that all stop in order."""

    name: str
    argv: Sequence[str]
    log: Path
    healthy: Healthy
    where: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    inherits: Sequence[int] = ()
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it is not healthy yet."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self.child = subprocess.Popen(  # noqa: S603 - our own argument lists
                list(self.argv),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                start_new_session=True,
                pass_fds=self.inherits,
            )

    def wait_until_healthy(self, seconds: float) -> None:
        """Raises: ServiceFailed with the end of its log when it ended, or did not get well in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            with suppress(OSError):
                if self.healthy():
                    return
            time.sleep(_LOOK_SECONDS)
        raise self._failed(f"is not healthy after {seconds:.0f} s")

    def check(self) -> None:
        """Raises: ServiceFailed when the process has ended."""
        if self.child is None or self.child.poll() is not None:
            raise self._failed(f"ended with exit code {self.child.returncode if self.child else None}")

    def stop(self, seconds: float = 20.0) -> None:
        """Ask it to end; end it after a while."""
        if self.child is None or self.child.poll() is not None:
            return
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def _failed(self, what: str) -> ServiceFailed:
        lines = self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:] if self.log.exists() else []
        text = "\n".join([f"{self.name} {what}; the end of {self.log}:", *lines])
        return ServiceFailed(Problem(kind=ErrorKind.CONFIGURATION, message=text, field=self.name))


def take_folder(folder: Path) -> int:
    """Make the state folder and lock it: two servers on the same files would spoil both.

    The lock lasts as long as anyone holds what is returned open, be it a server whose `pointsman up` was killed.
    Raises: ConfigurationError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise ConfigurationError.because("state", str(folder), f"cannot be used: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        rule = "is in use by another `pointsman up`, or by the server of one that was killed"
        raise ConfigurationError.because("state", str(folder), rule) from None
    return lock


def python(*argv: str) -> list[str]:
    """A command line of this very interpreter."""
    return [sys.executable, "-m", *argv]


def port_near(preferred: int) -> int:
    """The preferred port of this machine's loopback, or any free one when it is taken (or 0)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            return port_near(0)
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """True when something accepts connections there. Raises: OSError when nothing does."""
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
