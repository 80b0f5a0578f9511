"""Settings from the environment, or from the files it names, as container secrets are."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.environment import told
from router.errors import ConfigurationError
from router.settings import RouterSettings


def test_a_file_stands_for_its_variable(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("redis://elsewhere:1/0\n")
    settings = RouterSettings.from_environment({"POINTSMAN_REDIS_URL_FILE": str(tmp_path / "url")})
    assert settings.redis_url == "redis://elsewhere:1/0"


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("redis://host:6379/0", "redis://:p%2F%3A%40s@host:6379/0"),
        ("rediss://me@host/1", "rediss://me:p%2F%3A%40s@host/1"),
        ("redis://me:own@host/1", "redis://me:own@host/1"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_a_password_of_its_own_goes_into_the_address(tmp_path: Path, url: str, full: str) -> None:
    (tmp_path / "password").write_text("p/:@s\n")
    given = {"POINTSMAN_REDIS_URL": url, "POINTSMAN_REDIS_PASSWORD_FILE": str(tmp_path / "password")}
    assert RouterSettings.from_environment(given).redis_url == full
    assert RouterSettings.from_environment(given, redis_url="redis://named/0").redis_url == "redis://named/0"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (
            {"POINTSMAN_X": "a", "POINTSMAN_X_FILE": "/f"},
            "POINTSMAN_X_FILE '/f': must not be set together with POINTSMAN_X",
        ),
        ({"POINTSMAN_X_FILE": "/not/there"}, "POINTSMAN_X_FILE '/not/there': cannot be read: No such file"),
        ({"POINTSMAN_X_FILE": "/dev/null"}, "POINTSMAN_X_FILE '/dev/null': is empty"),
    ],
)
def test_a_file_that_is_no_help_is_named(environment: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        told(environment, "POINTSMAN_X")


def test_an_address_that_is_none_is_told_as_before() -> None:
    with pytest.raises(ConfigurationError, match="must start with redis://"):
        RouterSettings.from_environment({"POINTSMAN_REDIS_URL": "[::", "POINTSMAN_REDIS_PASSWORD": "x"})
