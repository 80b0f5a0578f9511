"""When dated contracts end: at 08:00 UTC on a Friday, as on the exchanges."""

from datetime import UTC, date, datetime, timedelta

_HOUR = 8
_FRIDAY = 4
_QUARTER_MONTHS = (3, 6, 9, 12)


def quarters(now_ms: int, count: int = 2, *, days_left: int = 7) -> list[int]:
    """The next last Fridays of a quarter (ms), each at least so many days away."""
    found: list[int] = []
    start = datetime.fromtimestamp(now_ms / 1000, UTC).date() + timedelta(days=days_left)
    year, month = start.year, start.month
    while len(found) < count:
        if month in _QUARTER_MONTHS:
            day = _last_friday(year, month)
            if day > start:
                found.append(_at(day))
        year, month = (year + 1, 1) if month == _QUARTER_MONTHS[-1] else (year, month + 1)
    return found


def friday(now_ms: int, *, days_left: int = 7) -> int:
    """The next Friday (ms) at least so many days away."""
    day = datetime.fromtimestamp(now_ms / 1000, UTC).date() + timedelta(days=days_left)
    return _at(day + timedelta(days=(_FRIDAY - day.weekday()) % 7))


def code(expiry_ms: int, style: str = "%y%m%d") -> str:
    """An expiry as symbols have it: 261225, or in another strftime style."""
    return datetime.fromtimestamp(expiry_ms / 1000, UTC).strftime(style)


def _last_friday(year: int, month: int) -> date:
    after = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return after - timedelta(days=(after.weekday() - _FRIDAY) % 7)


def _at(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, _HOUR, tzinfo=UTC).timestamp()) * 1000
