"""For schemathesis: names that are right in form become names that exist, so that it gets beyond the first check."""

from __future__ import annotations

import re
from typing import Any

import schemathesis

NAME, SYMBOL = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}"), re.compile(r"[A-Z0-9]{1,20}/[A-Z0-9]{1,20}")
KNOWN = {"exchange": (NAME, "binance"), "account": (NAME, "sim-1"), "symbol": (SYMBOL, "BTC/USDT")}


def known(given: Any) -> Any:  # noqa: ANN401 - whatever was made up
    if not isinstance(given, dict):
        return given
    changed = dict(given)
    for field, (form, name) in KNOWN.items():
        value = changed.get(field)
        if isinstance(value, str) and form.fullmatch(value):
            changed[field] = name
    return changed


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:  # noqa: ANN401, ARG001 - the hook's form
    return known(body)


@schemathesis.hook
def map_query(context: schemathesis.HookContext, query: Any) -> Any:  # noqa: ANN401, ARG001 - the same
    return known(query)
