"""Settings: what is refused, and that no address ever shows its password."""

from __future__ import annotations

import pickle
import traceback

import pytest

from router import ConfigurationError, RouterSettings
from router.addresses import hide_password
from router.connection import connect
from workers.configuration import WorkerSettings

SECRET = "pl4nted"
READABLE = [
    f"redis://:{SECRET}@localhost:1/0",
    f"rediss://user:{SECRET}@localhost:1",
    f"redis://user:{SECRET}:more@localhost:1/0",
    f"redis://localhost:1/0?socket_timeout={SECRET}",
]
UNREADABLE = [
    f"redis://:{SECRET}#x@localhost:1/0",
    f"redis://user:{SECRET}/x@localhost:1/0",
    f"redis://user:{SECRET}?x@localhost:1/0",
    f"redis://localhost:1/0?password={SECRET}",
    f"redis://localhost:1/0?password=a@{SECRET}",
    f"redis://user:{SECRET}[@localhost:1",
    f"redis://user:{SECRET}@[localhost:1",
]


@pytest.mark.parametrize("url", READABLE)
def test_settings_show_no_password(url: str) -> None:
    settings = WorkerSettings.from_environment({}, redis_url=url, broker_url=url)
    assert SECRET not in f"{settings!r}{settings}"
    assert "localhost:1" in repr(settings)
    assert settings.redis_url == url


@pytest.mark.parametrize("name", ["redis_url", "broker_url"])
@pytest.mark.parametrize("url", [*UNREADABLE, f"redis://a:1;redis://:{SECRET}#x@b:1"])
def test_an_address_nobody_can_read_is_refused_without_showing_it(url: str, name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RouterSettings.from_environment({f"POINTSMAN_{name.upper()}": url})
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.problem) + repr(pickle.dumps(error))
    assert SECRET not in shown
    assert error.__context__ is None
    assert error.problem.field == f"POINTSMAN_{name.upper()}"


def test_what_the_client_cannot_read_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        connect(RouterSettings.from_environment({}, redis_url=READABLE[-1]))
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize("url", [f"user:{SECRET}@localhost", f"http://{SECRET}@localhost"])
def test_what_is_no_address_of_redis_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="must start with redis://") as caught:
        RouterSettings.from_environment({"POINTSMAN_REDIS_URL": url})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:1/0", "redis://localhost:1/0"),
        (f"redis://:{SECRET}@localhost:1/0", "redis://***@localhost:1/0"),
        (f"redis://a:{SECRET}@x@localhost", "redis://***@localhost"),
        (f"a:{SECRET}@localhost", "***@localhost"),
        (f"redis://localhost?password={SECRET}", "redis://localhost?***"),
        (f"redis://localhost?password=a@{SECRET}", "redis://***@***"),
        (f"amqp://u:{SECRET}@one;amqp://u:{SECRET}@two", "amqp://***@two"),
        ("nothing", "nothing"),
    ],
)
def test_hiding_a_password_leaves_the_place(url: str, shown: str) -> None:
    assert hide_password(url) == shown


def test_a_setting_is_named_as_it_was_given() -> None:
    with pytest.raises(ConfigurationError, match=r"POINTSMAN_KEEP_SECONDS '1'"):
        RouterSettings.from_environment({"POINTSMAN_KEEP_SECONDS": "1"}, redis_url=None)
    with pytest.raises(ConfigurationError, match=r"^redis_url 'http://x'"):
        RouterSettings.from_environment({}, redis_url="http://x")
