"""Lines of log: readable by machines, and without what was planted."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import ConfigurationError
from workers.logs import JsonLines, TextLines, configure
from workers.redaction import HIDDEN, Redaction, redact

PLANTED = 'pl+anted/"secret\\with=odd&signs'
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nAbCdEf0123456789==\n-----END PRIVATE KEY-----"


@pytest.fixture
def planted() -> Iterator[None]:
    redact.learn([PLANTED, PEM])
    yield
    redact._by_start.clear()


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("pointsman.calls", logging.INFO, "file", 1, message, args, info)


def test_a_call_is_one_json_object_with_its_fields() -> None:
    fields = {"exchange": "binance", "ms": 1.23456, "status": 200, "command": "c" * 32}
    line = JsonLines().format(record("exchange=%(exchange)s ms=%(ms).1f", fields))
    document = json.loads(line)
    assert "\n" not in line
    assert {name: document[name] for name in ("level", "logger", "message", "command", "ms", "status")} == {
        "level": "info",
        "logger": "pointsman.calls",
        "message": "exchange=binance ms=1.2",
        "command": "c" * 32,
        "ms": 1.235,
        "status": 200,
    }
    assert document["at"].endswith("+00:00")


@pytest.mark.parametrize("lines", [JsonLines(), TextLines()])
@pytest.mark.parametrize("spelled", [PLANTED, quote(PLANTED, safe=""), repr(PLANTED), PEM.splitlines()[1]])
@pytest.mark.usefixtures("planted")
def test_what_was_planted_shows_in_no_line(lines: logging.Formatter, spelled: str) -> None:
    bare = spelled.strip("'")
    for told in (
        record(f"before {spelled} after"),
        record("before %s after", spelled),
        record("before %(it)s after", {"it": spelled}),
        record("it failed", error=ValueError(f"could not sign with {spelled}")),
    ):
        line = lines.format(told)
        assert bare not in line
        assert json.dumps(bare)[1:-1] not in line
        assert HIDDEN in line


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/v3/order?symbol=X&timestamp=1&signature=PLANTEDVALUE",
        "{'X-MBX-APIKEY': 'PLANTEDVALUE', 'Accept': '*/*'}",
        '{"OK-ACCESS-PASSPHRASE": "PLANTEDVALUE"}',
        "X-BAPI-SIGN: PLANTEDVALUE",
        "Authorization: Basic PLANTEDVALUE",
        "Error 111 connecting to redis://user:PLANTEDVALUE@host:6379/0",
        "http://me:PLANTEDVALUE@proxy.internal:3128",
        "api_secret='PLANTEDVALUE', api_key=PLANTEDVALUE passphrase=PLANTEDVALUE",
        "-----BEGIN RSA PRIVATE KEY-----\nPLANTEDVALUE\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_taken_out_unasked(text: str) -> None:
    told = Redaction()(text)
    assert "PLANTEDVALUE" not in told
    assert HIDDEN in told


@pytest.mark.parametrize(
    "text",
    [
        "accounts.main.api_secret 'env NOT_THERE': is not set in the environment",
        "accounts.main.api_key: must be one line of printable ASCII",
        "exchange=binance account=main endpoint=POST:/api/v3/order status=200 ms=12.0 command=abc outcome=ok",
        "serving http://127.0.0.1:9108/metrics",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Redaction()(text) == text


@given(
    st.text(min_size=6, max_size=60).filter(lambda text: len(text.splitlines()) == 1 and text == text.strip()),
    st.text(),
    st.text(),
)
def test_any_secret_is_found_in_any_text(secret: str, before: str, after: str) -> None:
    known = Redaction()
    known.learn([secret])
    assert secret not in known(f"{before} {secret} {after}").replace(HIDDEN, "\0")


def test_level_and_format_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        for given_level, style in (("loud", "text"), ("info", "xml")):
            with pytest.raises(ConfigurationError):
                configure(given_level, style)
        root.handlers = []
        configure("warning", "json")
        logging.getLogger("pointsman.test").warning("seen")
        assert json.loads(capsys.readouterr().err)["message"] == "seen"
    finally:
        root.handlers, root.level = before, level
        logging.captureWarnings(capture=False)
