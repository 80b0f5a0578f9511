"""What the accounts file says is read from time to time: what is refused by name, and how turns are spread."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import ConfigurationError
from workers.accounts import load_schedules
from workers.schedules import Schedule, period, spread, to_schedules

ACCOUNTS = {"main": {}, "other": {}}


def a_schedule(every: str = "30s", name: str = "all") -> Schedule:
    return to_schedules({name: {"accounts": "all", "every": every}}, ACCOUNTS)[0]


def test_a_file_tells_its_schedules(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(
        '[accounts.main]\nexchange = "binance"\n'
        '[schedules.mine]\naccounts = ["main"]\nevery = "5m"\nwhat = "positions"\n'
    )
    (schedule,) = load_schedules(file)
    assert (schedule.name, schedule.accounts, schedule.every, schedule.what) == ("mine", ("main",), 300, "positions")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"accounts": "all"}, "schedules.x.every '(not set)': is required"),
        ({"accounts": "all", "every": 30}, "schedules.x.every 30: must be a time such as '30s'"),
        ({"accounts": "all", "every": "0s"}, "schedules.x.every '0s': must be a time"),
        ({"accounts": "all", "every": "25h"}, "schedules.x.every '25h': must be a time"),
        ({"accounts": "some", "every": "30s"}, "schedules.x.accounts 'some': must be 'all' or a list of names"),
        ({"accounts": ["nobody"], "every": "30s"}, "schedules.x.accounts 'nobody': is no account of this file"),
        ({"accounts": "all", "every": "30s", "what": "fills"}, "schedules.x.what 'fills': "),
        ({"accounts": "all", "every": "30s", "when": "now"}, "schedules.x.when 'now': is no setting of a schedule"),
        ("daily", "schedules.x 'str': must be a table"),
    ],
)
def test_what_cannot_be_is_refused_by_name(table: object, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        to_schedules({"x": table}, ACCOUNTS)
    assert caught.value.problem.message.startswith(said)


def test_a_section_nobody_knows_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text('[schedule.mine]\naccounts = "all"\nevery = "5m"\n')
    with pytest.raises(ConfigurationError, match=r"schedules in \[schedules.NAME\]"):
        load_schedules(file)


def test_periods_are_told_in_seconds_minutes_or_hours() -> None:
    assert [period(text) for text in ("1s", "90s", "5m", "24h")] == [1, 90, 300, 86_400]


@given(accounts=st.sets(st.text("abcdef0123456789-", min_size=1, max_size=12), min_size=1, max_size=300))
def test_everybody_has_one_turn_and_no_slot_has_two_more_than_another(accounts: set[str]) -> None:
    schedule = a_schedule()
    turns = spread(schedule, accounts)
    assert sorted(name for names in turns.values() for name in names) == sorted(accounts)
    assert set(turns) <= set(range(schedule.slots))
    sizes = [len(turns.get(slot, [])) for slot in range(schedule.slots)]
    assert max(sizes) - min(sizes) <= 1


def test_one_account_more_moves_the_others_by_little_and_every_worker_finds_the_same() -> None:
    names = [f"account-{number}" for number in range(300)]
    before, after = spread(a_schedule(), names), spread(a_schedule(), [*reversed(names), "new"])
    slot_of = {name: slot for slot, some in before.items() for name in some}
    moved = [abs(slot - slot_of[name]) for slot, some in after.items() for name in some if name != "new"]
    assert max(moved) <= 1
    assert spread(a_schedule(name="another"), names) != before
