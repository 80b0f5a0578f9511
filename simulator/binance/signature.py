"""Signatures over the exact bytes sent.

The payload is the query string followed at once by the body, without the `signature` parameter. HMAC-SHA256 in hex of
any case; RSASSA-PKCS1-v1_5 with SHA-256 and Ed25519 in base64.

Source: Binance spot docs, `rest-api.md`, "Signed endpoint security"; FAQ `api_key_types`.
"""

import base64
import binascii
import hashlib
import hmac
import re
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from simulator.accounts import Account

_SIGNATURE = re.compile("(^|&)signature=[^&]*")


def payload(query: str, body: str) -> bytes:
    """What was signed."""
    return (_without_signature(query) + _without_signature(body)).encode("utf-8", "surrogateescape")


def _without_signature(text: str) -> str:
    if "signature=" not in text:
        return text
    cut = _SIGNATURE.sub("", text, count=1)
    return cut.removeprefix("&") if text.startswith("signature=") else cut


def verify(account: Account, signed: bytes, signature: str) -> bool:
    """Whether an account made this signature (given as its parameter was decoded)."""
    if account.secret is not None:
        expected = hmac.digest(account.secret.reveal().encode(), signed, hashlib.sha256).hex()
        return hmac.compare_digest(expected.encode(), signature.lower().encode("utf-8", "replace"))
    try:
        # A "+" that a client left bare in the URL has been decoded to a space.
        raw = base64.b64decode(unquote(signature).replace(" ", "+"), validate=True)
        if isinstance(account.public_key, RSAPublicKey):
            account.public_key.verify(raw, signed, PKCS1v15(), SHA256())
        elif account.public_key is not None:
            account.public_key.verify(raw, signed)
        else:
            return False
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
