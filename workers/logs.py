"""How a process of ours logs: one line per record, as text or as JSON, secrets taken out of either."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from router.errors import ConfigurationError
from workers.redaction import redact

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class LogFormat(StrEnum):
    """How a line looks: ``text`` for people, ``json`` for what collects logs."""

    TEXT = "text"
    JSON = "json"


class TextLines(logging.Formatter):
    """Text for people."""

    def __init__(self) -> None:
        super().__init__(_TEXT)

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, without secrets."""
        return redact(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: at (UTC), level, logger, message, what the record names, and the error if there is one.

    What a record names are its arguments by name; a call has exchange, account, endpoint, status, ms, command, outcome.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, without secrets."""
        named = record.args if isinstance(record.args, Mapping) else {}
        document: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            **{str(name): _plain(value) for name, value in named.items()},
        }
        if record.exc_info:
            document["error"] = redact(self.formatException(record.exc_info))
        return json.dumps(document, ensure_ascii=False)


def configure(level: str = "info", style: LogFormat | str = LogFormat.TEXT) -> None:
    """Log to standard error from now on; doing it again changes level and format. Raises: ConfigurationError."""
    numeric = logging.getLevelNamesMapping().get(str(level).upper())
    if numeric is None:
        raise ConfigurationError.because("log-level", level, "must be debug, info, warning or error")
    if style not in tuple(LogFormat):
        raise ConfigurationError.because("log-format", style, f"must be {' or '.join(LogFormat)}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if style == LogFormat.JSON else TextLines())
    logging.basicConfig(level=numeric, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)  # or they would be lines of another form


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever was logged
    if value is None or isinstance(value, (bool, int)):
        return value
    return round(value, 3) if isinstance(value, float) else redact(str(value))
