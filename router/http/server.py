"""Runs the HTTP app until it is asked to stop, and then lets requests under way come to their end."""

from __future__ import annotations

import signal
import socket
from types import FrameType

import uvicorn

from router.http.app import build_app
from router.http.leaving import Leaving
from router.http.settings import HttpSettings


class Server(uvicorn.Server):
    """Tells requests that it leaves, so that those which would hold it up are answered in time."""

    def __init__(self, config: uvicorn.Config, leaving: Leaving) -> None:
        super().__init__(config)
        self._leaving = leaving

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal's handler gets one
        """Stop taking requests; those under way have ``http_drain_seconds``."""
        self.force_exit = self.should_exit and sig == signal.SIGINT  # asked for twice
        self.should_exit = True  # uvicorn's own would then end the process by the signal, as if it had failed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the door, and wait for those inside."""
        self._leaving.now()
        await super().shutdown(sockets)


def serve(settings: HttpSettings, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Raises: ConfigurationError; SystemExit when the address is taken."""
    leaving = Leaving(settings.http_drain_seconds)
    config = uvicorn.Config(
        build_app(settings, leaving),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=settings.http_drain_seconds,
    )
    Server(config, leaving).run()
