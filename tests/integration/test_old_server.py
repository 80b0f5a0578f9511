"""A server that lacks what the scripts run is told of when a worker starts, and not when the first order is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.processes import Valkey, Worker, running

pytestmark = pytest.mark.processes


def test_a_worker_does_not_start_with_a_server_that_is_too_old(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    server.argv += ["--rename-command", "LMPOP", ""]  # as if it were older than Redis 7.0
    accounts = tmp_path / "accounts.toml"
    accounts.write_text("")
    with running(server):
        environment = {"POINTSMAN_REDIS_URL": server.url, "POINTSMAN_ACCOUNTS": str(accounts)}
        worker = Worker(tmp_path, "modern", environment)
        worker.start()
        assert worker.child.wait(30) == 2
    assert f"redis_url '{server.url}': must be Redis 7.0, Valkey, or newer" in worker.output()
