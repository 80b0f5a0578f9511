"""Imports point one way, and a producer pays only for what it uses. The contracts themselves are in pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Everything else that a worker does with Redis, it does through router. The command line starts a server of its own.
REDIS_IN_WORKERS = {"RedisError", "ConnectionError", "TimeoutError"}
WORKERS = [path for path in sorted((ROOT / "workers").rglob("*.py")) if path != ROOT / "workers" / "cli" / "stack.py"]
NOT_FOR_PRODUCERS = {
    "aiohttp",
    "ccxt",
    "celery",
    "cryptography",
    "fastapi",
    "flower",
    "greenlet",
    "keyring",
    "kombu",
    "requests",
    "rich",
    "simulator",
    "starlette",
    "typer",
    "uvicorn",
    "workers",
}


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after it ran the statement."""
    program = f"{statement}\nimport sys\nprint(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return set(done.stdout.split())


def test_imports_point_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-logo", "--no-cache"], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_is_under_contract() -> None:
    """A new package at the top would escape the contracts, which name their roots."""
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found == {"router", "workers", "simulator"}


def redis_names(path: Path) -> set[str]:
    """What a module takes from redis, by `redis.name` or by `from redis import name`."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    attributes = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "redis"
    }
    imported = {
        alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "redis"
        for alias in node.names
    }
    return attributes | imported


@pytest.mark.parametrize("path", WORKERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_workers_know_redis_by_its_errors_only(path: Path) -> None:
    assert redis_names(path) <= REDIS_IN_WORKERS


def test_a_producer_gets_nothing_that_is_not_its_own() -> None:
    """Redis looks whether cryptography is there; what our own libraries bring is theirs to answer for."""
    brought = {
        name.partition(".")[0]
        for name in modules_after("import router; router.OrderRouter") - modules_after("import pydantic, redis")
    }
    assert brought.isdisjoint(NOT_FOR_PRODUCERS), sorted(brought & NOT_FOR_PRODUCERS)


def test_importing_the_router_stays_small() -> None:
    """Modules are counted, not seconds: the count is the same on every machine, and it is what makes an import slow."""
    brought = modules_after("import router; router.OrderRouter") - modules_after("import pydantic, redis")
    assert len(brought) < 150, sorted(brought)
