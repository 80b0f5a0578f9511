"""`pointsman flower`: Flower with a login, read-only, and tuned for orders."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Annotated, Any, NamedTuple

import typer

from router.connection import is_denied
from router.environment import told
from router.errors import ConfigurationError

log = logging.getLogger("pointsman.flower")
LOGIN = USER, PASSWORD = "POINTSMAN_FLOWER_USER", "POINTSMAN_FLOWER_PASSWORD"
USUAL = {
    "FLOWER_TASKS_COLUMNS": "name,uuid,state,kwargs,result,received,runtime,worker",
    "FLOWER_MAX_TASKS": "20000",
    "FLOWER_NATURAL_TIME": "false",  # an order is judged by seconds: clock times, not "2 minutes ago"
    "FLOWER_PURGE_OFFLINE_WORKERS": "3600",
    "FLOWER_TASK_RUNTIME_METRIC_BUCKETS": "0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10",
}
"""Flower's settings where its environment does not say otherwise; config/flower.env.example has the reasons."""


class Login(NamedTuple):
    """Who may look; the password shows nowhere but in the environment."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login(user={self.user!r}, password='***')"


def flower(
    port: Annotated[int, typer.Option(min=0, max=65535, help="where to listen; 0 for any free one")] = 5555,
    address: Annotated[str, typer.Option(help="on which address")] = "127.0.0.1",
) -> None:
    """Run Flower, read-only and with a login (POINTSMAN_FLOWER_USER, POINTSMAN_FLOWER_PASSWORD or .._FILE).

    Any FLOWER_... setting of its own is taken from the environment; docs/flower.md tells which are worth it.
    """
    login = read_login(os.environ)
    for name, value in USUAL.items():
        os.environ.setdefault(name, value)
    os.environ["FLOWER_BASIC_AUTH"] = f"{login.user}:{login.password}"  # no argument: those show in the process list
    _check_settings(os.environ)
    _check_address(address, port)
    from workers.app import app  # noqa: PLC0415 - reads the settings

    app.control.broadcast = _where_allowed(app.control.broadcast)  # type: ignore[method-assign]
    app.start(["flower", f"--port={port}", f"--address={address}", "--read-only"])


def _where_allowed(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Asking workers takes the same right in Redis as stopping them; who has it not hears of them all the same.

    Flower would otherwise hear nothing either: it asks for a sign of life each time it begins to listen.
    """

    def broadcast(*words: Any, **named: Any) -> Any:  # noqa: ANN401 - as Celery's own
        try:
            return ask(*words, **named)
        except Exception as error:
            if not is_denied(error):
                raise
            log.debug("the workers are not asked: %s", error)
            return []

    return broadcast


def read_login(environment: Mapping[str, str]) -> Login:
    """The login. Raises: ConfigurationError, which never shows the password."""
    user, password = told(environment, USER) or "pointsman", told(environment, PASSWORD)
    if not password:
        raise ConfigurationError.because(PASSWORD, "", "must be set: Flower shows every order")
    # Flower splits its logins at commas and a login at its first colon, and answers 500 to what is not ASCII.
    if ":" in user or not _is_plain(user):
        raise ConfigurationError.because(USER, user, "must be printable ASCII without comma and colon")
    if not _is_plain(password):
        raise ConfigurationError.because(PASSWORD, "(not shown)", "must be printable ASCII without comma")
    return Login(user, password)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "," not in text


def _check_settings(environment: Mapping[str, str]) -> None:
    """Refuse FLOWER_... settings at which Flower would end with a traceback. Raises: ConfigurationError."""
    if find_spec("flower") is None:
        rule = "is not installed; install the extra: pip install 'pointsman[monitor]'"
        raise ConfigurationError.because("package", "flower", rule)
    from flower.options import options  # noqa: PLC0415 - of the extra `monitor`
    from flower.utils import strtobool  # noqa: PLC0415

    readers = {int: ("a whole number", int), float: ("numbers", float), bool: ("true or false", strtobool)}
    for name, option in options._options.items():  # noqa: SLF001 - there is no other way to learn a setting's type
        variable = f"FLOWER_{name.upper().replace('-', '_')}"
        if variable not in environment or option.type not in readers:
            continue
        what, read = readers[option.type]
        try:
            for part in environment[variable].split(",") if option.multiple else [environment[variable]]:
                read(part)
        except ValueError:
            raise ConfigurationError.because(variable, environment[variable], f"must be {what}") from None


def _check_address(address: str, port: int) -> None:
    from tornado.netutil import bind_sockets  # noqa: PLC0415 - comes with Flower

    try:
        for listener in bind_sockets(port, address):
            listener.close()
    except OSError as error:
        rule = f"cannot be listened on at {address}: {error.strerror}"
        raise ConfigurationError.because("port", port, rule) from None
