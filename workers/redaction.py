"""Takes secrets out of what is logged: those that this process has read, and what looks like one.

No line of ours carries a secret in the first place (tests/integration/test_secrets.py plants some and looks
everywhere). This stands behind that, for lines that others write: libraries at debug level, tracebacks, a mistake.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

HIDDEN: Final = "***"
_WINDOW: Final = 6  # characters by which a secret is recognised; a shorter one cannot be told from ordinary text
_NAMED: Final = r"(?:api[_-]?key|api[_-]?secret|secret|passphrase|password|signature|access[_-]?sign|token)"
_LOOKS_SECRET: Final = (
    re.compile(r"(?<=://)[^\s/@:]*:[^\s@]*(?=@)"),  # user:password@ in an address
    re.compile(rf"(?i)(?<![a-z])({_NAMED}(?:\s*=|[\"']\s*:)\s*[\"']?)(?!\*\*\*)([^\s\"'&,;)}}\]]+)"),
    re.compile(r"(?i)((?:x-mbx-apikey|x-bapi-(?:api-key|sign)|ok-access-(?:key|sign|passphrase)|authorization)"
               r"[\"']?\s*[=:]\s*[\"']?)(?!\*\*\*)([^\"',;)}\]]+)"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
)  # fmt: skip


class Redaction:
    """Knows secrets by their beginnings, so that a line costs the same however many there are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_start: defaultdict[str, list[str]] = defaultdict(list)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these from now on, as they are and as a URL or a repr spells them; a long key line by line."""
        with self._lock:
            for secret in secrets:
                for line in secret.splitlines():
                    for spelled in {line.strip(), quote(line, safe=""), quote_plus(line), repr(line)[1:-1]}:
                        self._learn(spelled)

    def _learn(self, spelled: str) -> None:
        known = self._by_start[spelled[:_WINDOW]] if len(spelled) >= _WINDOW else []
        if spelled not in known and len(spelled) >= _WINDOW:
            known.append(spelled)
            known.sort(key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for pattern in _LOOKS_SECRET:
            text = pattern.sub(lambda found: (found.group(1) if found.lastindex else "") + HIDDEN, text)
        return self._without_known(text) if self._by_start else text

    def _without_known(self, text: str) -> str:
        parts, begun, at = [], 0, 0
        while at <= len(text) - _WINDOW:
            known = self._by_start.get(text[at : at + _WINDOW])
            found = next((secret for secret in known if text.startswith(secret, at)), None) if known else None
            if found is None:
                at += 1
                continue
            parts += [text[begun:at], HIDDEN]
            at = begun = at + len(found)
        return "".join([*parts, text[begun:]]) if parts else text


redact: Final = Redaction()
"""That of this process: whoever reads a secret teaches it."""
