"""Addresses of Sentinels, TLS beside them, and what Celery is told of both."""

from __future__ import annotations

import ssl
import traceback
from pathlib import Path

import pytest
import redis

from router import ConfigurationError, RouterSettings
from router.addresses import SentinelAddress, read_sentinel
from router.broker import broker_of
from router.connection import connect

SECRET = "pl4nted"
GROUP = f"sentinel://worker:{SECRET}%40@one:26380,two,[::1]:26381/pointsman/3"


def test_an_address_of_sentinels_is_read() -> None:
    read = read_sentinel(GROUP)
    assert read.places == (("one", 26380), ("two", 26379), ("::1", 26381))
    assert (read.name, read.db, read.user, read.password, read.tls) == ("pointsman", 3, "worker", f"{SECRET}@", False)


def test_what_is_left_out_has_its_usual_value() -> None:
    assert read_sentinel("sentinels://one/p") == SentinelAddress((("one", 26379),), "p", 0, None, None, tls=True)


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://one:26379", "sentinel://one:26379/", "sentinel:///name/0", "sentinel://one,,two/name", "sentinel://one:x/name",
        "sentinel://one/name/x", "sentinel://one:99999/name", f"sentinel://one/name?password={SECRET}", f"sentinel://a:{SECRET}#@one/name",
        f"sentinel://a:{SECRET}/@one/name",
    ],
)  # fmt: skip
def test_what_is_no_address_of_sentinels_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="POINTSMAN_REDIS_URL") as caught:
        RouterSettings.from_environment({"POINTSMAN_REDIS_URL": url})
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_password_that_is_set_apart_goes_in() -> None:
    told = {"POINTSMAN_REDIS_URL": "sentinel://worker@one,two:1/name/0", "POINTSMAN_REDIS_PASSWORD": SECRET}
    settings = RouterSettings.from_environment(told)
    assert read_sentinel(settings.redis_url).password == SECRET
    assert read_sentinel(settings.redis_url).places == (("one", 26379), ("two", 1))
    assert SECRET not in repr(settings)


def test_celery_is_told_of_every_sentinel() -> None:
    settings = RouterSettings(redis_url=GROUP, sentinel_password="asked")
    assert "asked" not in repr(settings)
    broker = broker_of(settings)
    login = f"worker:{SECRET}%40@"
    assert broker.url == f"sentinel://{login}one:26380/3;sentinel://{login}two:26379/3;sentinel://{login}[::1]:26381/3"
    assert broker.options["master_name"] == "pointsman"
    assert broker.options["sentinel_kwargs"]["password"] == "asked"
    assert broker.tls is None
    assert settings.one_redis


def test_celery_verifies_whom_it_speaks_to(tmp_path: Path) -> None:
    authority = tmp_path / "authority.crt"
    authority.write_text("")
    for url in ("rediss://one/0", "sentinels://one/p"):
        tls = broker_of(RouterSettings(redis_url=url, tls_ca=authority)).tls
        assert tls is not None
        assert (tls["ssl_cert_reqs"], tls["ssl_ca_certs"]) == (ssl.CERT_REQUIRED, str(authority))
    told = {"redis_url": "redis://one/0", "broker_url": "amqps://rabbit:5671//", "tls_ca": authority}
    tls = broker_of(RouterSettings.from_environment({}, **told)).tls
    assert tls == {"ca_certs": str(authority), "cert_reqs": ssl.CERT_REQUIRED, "server_hostname": "rabbit"}
    plain = broker_of(RouterSettings(redis_url="redis://one/0"))
    assert plain == ("redis://one/0", None, {})
    assert broker_of(RouterSettings(redis_url="rediss://one/0?ssl_cert_reqs=none")).tls is None  # the URL says


def test_a_file_of_tls_may_be_named_either_way(tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    file.write_text(f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n")
    told = {
        "POINTSMAN_REDIS_URL": "rediss://one",
        "POINTSMAN_TLS_CERTIFICATE": str(file),
        "POINTSMAN_TLS_KEY_FILE": str(file),
    }
    settings = RouterSettings.from_environment(told)
    assert settings.tls_certificate == settings.tls_key == file


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"POINTSMAN_TLS_CA": "missing.pem"}, "POINTSMAN_TLS_CA .*must be a file"),
        ({"POINTSMAN_TLS_CERTIFICATE": __file__}, "tls_certificate and tls_key go together"),
        ({"POINTSMAN_TLS_CA": __file__, "POINTSMAN_REDIS_URL": "redis://one"}, "POINTSMAN_TLS_CA .*rediss://"),
        ({"POINTSMAN_REPLICAS": "-1"}, "POINTSMAN_REPLICAS"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(told: dict[str, str], rule: str) -> None:
    with pytest.raises(ConfigurationError, match=rule):
        RouterSettings.from_environment({"POINTSMAN_REDIS_URL": "rediss://one", **told})


def test_a_group_that_nobody_watches_is_no_address_to_hang_on() -> None:
    settings = RouterSettings(redis_url="sentinel://127.0.0.1:1/p", redis_timeout_seconds=0.2)
    client = connect(settings, retries=0)
    with pytest.raises(redis.ConnectionError, match="No master found for 'p'"):
        client.ping()
