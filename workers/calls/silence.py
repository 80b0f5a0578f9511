"""Keeps secrets out of what the HTTP stack itself logs."""

from __future__ import annotations

import logging


class _WithoutQuery(logging.Filter):
    """Cuts the query, and the signature in it, from urllib3's one debug line that shows a URL."""

    _URL = 4  # '%s://%s:%s "%s %s %s" %s %s': scheme, host, port, method, URL, ...

    def filter(self, record: logging.LogRecord) -> bool:
        args = record.args
        if isinstance(args, tuple) and len(args) > self._URL:
            path = str(args[self._URL]).partition("?")[0]
            record.args = (*args[: self._URL], path, *args[self._URL + 1 :])
        return True


def silence_queries() -> None:
    """Keep signed queries out of urllib3's debug log, for the whole process."""
    log = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(known, _WithoutQuery) for known in log.filters):
        log.addFilter(_WithoutQuery())
