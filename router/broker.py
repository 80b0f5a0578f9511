"""Where Celery takes its messages from, in Celery's own words: address, TLS, Sentinels, queues of RabbitMQ."""

from __future__ import annotations

import ssl
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from router.addresses import is_sentinel, read_sentinel
from router.connection import tls_options
from router.settings import RouterSettings

_RABBITMQ: Final = ("amqp://", "amqps://", "pyamqp://")
QUORUM: Final = {"x-queue-type": "quorum"}
"""Arguments of a RabbitMQ queue that survives the loss of a minority of its hosts. Source: RabbitMQ docs, 'Quorum
Queues'."""


class Broker(NamedTuple):
    """An address for `broker_url`, and what Celery must be told beside it.

    ``tls`` is for `broker_use_ssl` (None: none, or as the URL says), ``options`` for `broker_transport_options`.
    """

    url: str
    tls: dict[str, Any] | None
    options: dict[str, Any]

    @property
    def rabbitmq(self) -> bool:
        """Whether messages go through RabbitMQ, where queues are of a type that all who declare them must name."""
        return self.url.startswith(_RABBITMQ)


def broker_of(settings: RouterSettings) -> Broker:
    """The broker that the settings name: one of its own, or the journal's Redis."""
    url = settings.broker_url or settings.redis_url
    if is_sentinel(url):
        return _sentinels(url, settings)
    if url.startswith(_RABBITMQ):
        tls = _of_rabbitmq(url, settings) if url.startswith("amqps://") else None
        return Broker(url, tls, {})
    over_tls = url.startswith("rediss://") and "ssl_" not in url.partition("?")[2]
    return Broker(url, _verified(settings) if over_tls else None, {})


def _sentinels(url: str, settings: RouterSettings) -> Broker:
    """Kombu wants an address per Sentinel, each with the login to Redis."""
    address = read_sentinel(url)
    login = f"{quote(address.user or '', safe='')}:{quote(address.password, safe='')}@" if address.password else ""
    urls = [f"sentinel://{login}{_host(host)}:{port}/{address.db}" for host, port in address.places]
    wait = settings.redis_timeout_seconds
    asked: dict[str, Any] = {"socket_timeout": wait, "socket_connect_timeout": wait}
    tls = _verified(settings) if address.tls else None
    if tls is not None:
        asked |= {"ssl": True, **tls}
    if settings.sentinel_password is not None:
        asked["password"] = settings.sentinel_password.get_secret_value()
    return Broker(";".join(urls), tls, {"master_name": address.name, "sentinel_kwargs": asked})


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _verified(settings: RouterSettings) -> dict[str, Any]:
    """Celery alone would take any certificate for good: kombu's own default is to verify none."""
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True, **tls_options(settings)}


def _of_rabbitmq(url: str, settings: RouterSettings) -> dict[str, Any]:
    """As py-amqp names them; it compares the host's name only when it is told which."""
    named = {name.removeprefix("ssl_"): value for name, value in tls_options(settings).items()}
    return {**named, "cert_reqs": ssl.CERT_REQUIRED, "server_hostname": urlsplit(url).hostname}
