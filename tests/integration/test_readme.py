"""The examples of the README and of the documentation's pages do what they say."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

import pytest
from celery import Celery
from support.house import House
from support.pages import PAGES, Block, blocks
from support.processes import ROOT, Simulator, Valkey, eventually, running

from router import OrderRouter

pytestmark = pytest.mark.processes
ACCOUNT = """
[accounts.{name}]
exchange = "binance"
environment = "simulator"
base_url = "{url}"
api_key = "sim-key-{number}"
api_secret = "sim-secret-{number}"
"""
README = blocks(ROOT / "README.md", "python")
EXAMPLES = [
    block for page in PAGES for block in blocks(page, "python") if page.stem not in ("tutorial", "adding-an-exchange")
]

SAID = {"adding-an-app-python-1": ["new"], "adding-an-app-python-2": ["new new", "cancelled cancelled"]}


class Enough(Exception):
    """An example that goes on for ever was seen to work."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Accounts `main` and `sim-1`, as the pages call them."""
    folder = tmp_path_factory.mktemp("examples")
    valkey, simulator = Valkey(folder), Simulator(folder)
    with running(valkey, simulator):
        accounts = folder / "config" / "accounts.toml"
        accounts.parent.mkdir()
        texts = [ACCOUNT.format(name=name, url=simulator.url, number=n) for n, name in ((1, "sim-1"), (2, "main"))]
        accounts.write_text("".join(texts))
        house = House(folder, valkey, simulator, extra={"POINTSMAN_ACCOUNTS": str(accounts)})
        worker = house.add_worker()
        try:
            house.wait_for_workers(1)
            yield house
        finally:
            worker.stop()


@pytest.fixture
def reader(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """The names that pages take as given, in a reader's folder and environment."""
    monkeypatch.chdir(house.folder)
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)
    with OrderRouter() as router, Celery(broker=house.valkey.url, set_as_current=False) as app:
        yield {"router": router, "app": app, "last_id": "0"}


def run(block: Block, names: dict[str, object]) -> str:
    """What the example printed; its own router, which it leaves to the program's end, is closed."""
    given, out = names["router"], io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(block.text, str(block), "exec"), names)  # noqa: S102 - our own pages
    if names["router"] is not given:
        names["router"].close()  # type: ignore[attr-defined]  # an OrderRouter
    return out.getvalue()


def test_the_readme_has_the_examples_that_run_here() -> None:
    assert len(README) == 2
    assert len(EXAMPLES) > len(README)


@pytest.mark.parametrize(
    "block", [each for each in EXAMPLES if str(each) not in ("reads-python-2", "wire-python-1")], ids=str
)
def test_an_example_runs(block: Block, reader: dict[str, object]) -> None:
    said = run(block, reader).splitlines()
    assert said == SAID.get(str(block), said)


def test_changes_of_balances_are_told(reader: dict[str, object]) -> None:
    (block,) = [each for each in EXAMPLES if str(each) == "reads-python-2"]
    told: list[tuple[object, ...]] = []

    def listen(*words: object) -> None:
        told.append(words)
        raise Enough

    reader["router"].get_balances(exchange="binance", account="main")  # type: ignore[attr-defined]  # an OrderRouter
    with pytest.raises(Enough):
        run(block, {**reader, "print": listen})
    assert told[0][0] == "main"


def test_a_plain_message_becomes_an_order(house: House, reader: dict[str, object]) -> None:
    (block,) = [each for each in EXAMPLES if str(each) == "wire-python-1"]
    before = len(house.simulator.orders())
    run(block, reader)
    eventually(lambda: len(house.simulator.orders()) == before + 1, what="the order of a plain Celery message")


def test_the_outline_of_an_exchange_is_python() -> None:
    """It leaves out what it is about, so it can't run; `examples/harbour` is the whole, and is tested as such."""
    (block,) = blocks(ROOT / "docs" / "adding-an-exchange.md", "python")
    assert compile(block.text, str(block), "exec")
