"""Signatures: over time stamp, key, receive window and the exact query string or body, joined without separators.

HMAC-SHA256 in lower-case hex; RSASSA-PKCS1-v1_5 with SHA-256 in base64 on one line. Bybit knows no Ed25519 keys.

Source: Bybit v5 docs, "Integration guidance", authentication.
"""

import base64
import binascii
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from simulator.accounts import Account


def payload(timestamp: str, key: str, window: str, sent: str) -> str:
    """What is signed; `sent` is the text after the question mark of a GET, or the body of a POST.

    `window` is empty when its header was not sent (an assumption: the documents say nothing of that case).
    """
    return timestamp + key + window + sent


def verify(account: Account, signed: str, signature: str) -> bool:
    """Whether an account made this signature."""
    text = signed.encode("utf-8", "surrogateescape")
    if account.secret is not None:
        expected = hmac.digest(account.secret.reveal().encode(), text, hashlib.sha256).hex()
        return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    if not isinstance(account.public_key, RSAPublicKey):
        return False
    try:
        account.public_key.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
