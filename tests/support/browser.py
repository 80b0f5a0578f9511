"""A real Chromium without a screen, driven by its DevTools protocol; Debian's package `chromium` has it."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --remote-debugging-port=0 --window-size=1400,900"
)


def chromium() -> str:
    """Its path; without it the test is skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return found or pytest.skip("needs a Chromium: on Debian apt-get install chromium")


class Page:
    """One tab. ``said`` is what the browser answered for the page itself and what it loads: status by URL."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._login: tuple[str, str] | None = None
        self.said: dict[str, int] = {}
        self.errors: list[str] = []

    async def listen(self) -> None:
        async for message in self._socket:
            document = json.loads(message.data)
            if document.get("id") in self._waiting:
                self._waiting.pop(document["id"]).set_result(document.get("result", document.get("error")))
            await self._hear(document.get("method", ""), document.get("params", {}))

    async def _hear(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.responseReceived":
            self.said[params["response"]["url"]] = params["response"]["status"]
        elif method == "Runtime.exceptionThrown":
            self.errors.append(
                params["exceptionDetails"].get("text", "") + str(params["exceptionDetails"].get("exception"))
            )
        elif method == "Fetch.requestPaused":
            self.send("Fetch.continueRequest", requestId=params["requestId"])
        elif method == "Fetch.authRequired":
            answer: dict[str, str] = {"response": "CancelAuth"}
            if self._login is not None:
                answer = {"response": "ProvideCredentials", "username": self._login[0], "password": self._login[1]}
            self.send("Fetch.continueWithAuth", requestId=params["requestId"], authChallengeResponse=answer)

    def send(self, method: str, **params: object) -> asyncio.Future[Any]:
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._sending = asyncio.create_task(self._socket.send_json({"id": number, "method": method, "params": params}))
        return answer

    async def prepare(self) -> None:
        await self.send("Page.enable")
        await self.send("Network.enable")
        await self.send("Runtime.enable")
        await self.send("Fetch.enable", handleAuthRequests=True)

    def log_in(self, user: str, password: str) -> None:
        """What to type when the browser asks for a login from now on."""
        self._login = user, password

    async def go(self, url: str, wait_for: str = "document.readyState == 'complete'") -> None:
        """Open a page and wait until an expression holds on it; from time to time anew, as many show only what was."""
        there = f"document.location.href.startsWith({json.dumps(url[:20])})"
        for _ in range(6):
            await self.send("Page.navigate", url=url)
            for _ in range(60):
                if await self.evaluate(f"{there} && !!({wait_for})") is True:
                    return
                await asyncio.sleep(0.05)
        raise AssertionError(f"not within 20 s on {url}: {wait_for}; the page says {await self.text()}")

    async def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - whatever the expression gives
        answer = await self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return answer.get("result", {}).get("value")

    async def text(self) -> str:
        return str(await self.evaluate("document.body ? document.body.innerText : ''"))

    async def picture(self, path: Path) -> None:
        answer = await self.send("Page.captureScreenshot", format="png")
        _keep(path, base64.b64decode(answer["data"]))


@asynccontextmanager
async def a_page() -> AsyncIterator[Page]:
    """A browser with nothing kept from before, and its one tab."""
    path = chromium()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        argv = [path, *_FLAGS.split(), f"--user-data-dir={folder}", "about:blank"]
        child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
        try:
            port = await _port(Path(folder) / "DevToolsActivePort")
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json") as reply:
                    tabs = await reply.json()
                address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
                async with session.ws_connect(address, max_msg_size=0) as socket:
                    page = Page(socket)
                    listening = asyncio.create_task(page.listen())
                    await page.prepare()
                    yield page
                    listening.cancel()
        finally:
            child.terminate()
            child.wait(10)


def _keep(path: Path, picture: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


async def _port(file: Path) -> int:
    for _ in range(400):
        if "\n" in (text := _read(file)):
            return int(text.splitlines()[0])
        await asyncio.sleep(0.05)
    raise AssertionError("Chromium did not start within 20 s")
