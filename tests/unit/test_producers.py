"""The producers file: read whole or refused with field, value and rule, and never a key shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from router import ConfigurationError
from workers.producers import load_producers

KEY = "0123456789abcdef" * 2


def loaded(folder: Path, text: str) -> dict[str, list[str]]:
    path = folder / "producers.toml"
    path.write_text(text)
    return {name: list(each.accounts) for name, each in load_producers(path).items()}


def test_a_producer_and_the_accounts_it_may_trade_on(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    text = f'[producers.a]\nkey = {{ file = "{tmp_path}/key" }}\naccounts = ["main", "sim-*"]'
    assert loaded(tmp_path, text) == {"a": ["main", "sim-*"]}
    producer = load_producers(tmp_path / "producers.toml")["a"]
    assert producer.key.get_secret_value() == KEY
    assert [producer.may_trade_on(name) for name in ("main", "sim-7", "mainly", "other")] == [True, True, False, False]
    assert KEY not in repr(producer)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "must have a table"),
        ("producers = 3", "must have a table"),
        ("not toml", "is not TOML"),
        ("[producers.a]\naccounts = ['x']", "producers.a.key '(not set)': is required"),
        (f"[producers.a]\nkey = '{KEY}'", "producers.a.accounts '(not set)': is required"),
        ("[producers.a]\nkey = 'tooshort'\naccounts = ['x']", "producers.a.key '(not shown)'"),
        (f"[producers.a]\nkey = '{KEY}'\naccounts = []", "producers.a.accounts"),
        (f"[producers.a]\nkey = '{KEY}'\naccounts = 'x'", "producers.a.accounts"),
        (f"[producers.a]\nkey = '{KEY}'\naccounts = ['x']\nkeys = 1", "producers.a.keys 'keys': is no setting"),
        (f"[producers.'A b']\nkey = '{KEY}'\naccounts = ['x']", "producers.A b"),
        ("[producers.a]\nkey = { env = 'NO_SUCH_VARIABLE' }\naccounts = ['x']", "is not set in the environment"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as failure:
        loaded(tmp_path, text)
    assert complaint in str(failure.value)
    assert KEY not in str(failure.value)
    assert "tooshort" not in str(failure.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_producers(tmp_path / "none.toml")
