"""The README's examples do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.house import a_house
from support.processes import ROOT

pytestmark = pytest.mark.processes
ACCOUNT = """
[accounts.main]
exchange = "binance"
environment = "simulator"
base_url = "{url}"
api_key = "sim-key-1"
api_secret = "sim-secret-1"
"""


def test_every_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(examples) == 2
    with a_house(tmp_path, workers=1) as house:
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "accounts.toml").write_text(ACCOUNT.format(url=house.simulator.url))
        monkeypatch.chdir(tmp_path)
        for name, value in house.environment.items():
            monkeypatch.setenv(name, value)
        for example in examples:
            names: dict[str, object] = {}
            exec(compile(example, "README.md", "exec"), names)  # noqa: S102 - our own README
            if "router" in names:
                names["router"].close()  # type: ignore[attr-defined]  # the example leaves it to the program's end
