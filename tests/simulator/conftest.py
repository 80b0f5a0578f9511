"""The running simulator, and one inside the test's own process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sim_support import Local, Remote

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def simulator_url() -> Iterator[str]:
    """A real process on a port of its own choice; it must say so in one line and end with 0."""
    argv = [sys.executable, "-m", "simulator", "--port", "0", "--limits", "off"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("simulator listening on http://127.0.0.1:"), line
    yield line.split()[-1]
    process.terminate()
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.fixture
def remote(simulator_url: str) -> Iterator[Remote]:
    client = Remote(simulator_url)
    client.control("POST", "reset", {"seed": 1})
    yield client
    client.session.close()


@pytest.fixture
def local() -> Local:
    return Local()


@pytest.fixture(scope="module")
def an_event_loop() -> Iterator[None]:
    """For python-binance: it makes one where there is none, and leaves it open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
