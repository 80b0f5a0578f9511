"""A RabbitMQ of one node in a folder of its own, which can be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from pathlib import Path

from support.processes import Process, free_port

SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's own; the one in the path changes to another user
MISSING = not (SCRIPT.exists() and shutil.which("epmd"))
REASON = "needs RabbitMQ: Debian's package rabbitmq-server"


class PortMapper(Process):
    """Erlang's own, on a port of ours, so that none is left behind and nobody else's is used."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        argv = ["epmd", "-port", str(self.port), "-address", "127.0.0.1"]
        super().__init__("epmd", argv, folder / "epmd.log")


class RabbitMq(Process):
    """``url`` is where it listens, for the user that only comes in from this machine."""

    def __init__(self, folder: Path, mapper: PortMapper) -> None:
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        home = folder / "rabbitmq"
        home.mkdir()
        (home / "enabled_plugins").write_text("[].\n")
        (home / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\nlog.console.level = warning\n")
        told = {
            "HOME": str(home), "RABBITMQ_NODENAME": f"pointsman{self.port}@localhost", "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"), "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"), "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_DIST_PORT": str(free_port()), "ERL_EPMD_PORT": str(mapper.port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
            "RABBITMQ_CONF_ENV_FILE": str(home / "none"), "RABBITMQ_LOG_BASE": str(home),
            "RUNNING_UNDER_SYSTEMD": "true",  # then the script becomes the server, and its id is the server's
        }  # fmt: skip
        super().__init__("rabbitmq", [str(SCRIPT)], folder / "rabbitmq.log", told)

    def start(self) -> None:
        super().start()
        end = time.monotonic() + 90
        while time.monotonic() < end and self.alive():
            if self._answers():
                return
            time.sleep(0.2)
        self.stop()
        raise AssertionError(f"RabbitMQ does not answer: {self.output()[-2_000:]}")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.child.wait()

    def _answers(self) -> bool:
        """It greets whoever asks in its own protocol."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as asked:
                asked.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(asked.recv(1))
        except OSError:
            return False
