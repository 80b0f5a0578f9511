"""A resolver of our own, for names that no DNS knows and that may move."""

from __future__ import annotations

import socket
from typing import Any

import pytest


def own_names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """From now on these names have these addresses, in this order; the test may change them at any time."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: object, *given: Any, **more: Any) -> list[Any]:  # noqa: ANN401 - socket's
        addresses = known.get(host, [host])
        return [row for address in addresses for row in real(address, port, *given, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known
