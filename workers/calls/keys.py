"""The three ways a secret signs: HMAC-SHA256, RSA PKCS#1 v1.5 with SHA-256, and Ed25519.

`cryptography` is imported only for a PEM key, since it is slow to load and an HMAC account never needs it.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

Signature = Callable[[bytes], bytes]
_PEM = "-----BEGIN"


class KeyType(StrEnum):
    """How an account's secret signs."""

    HMAC = "hmac"
    RSA = "rsa"
    ED25519 = "ed25519"


class BadKey(ValueError):
    """The secret is not a usable key; says why and never shows the key."""


def key_type_of(secret: str) -> KeyType:
    """Tell the type from the secret itself: a PEM private key is RSA or Ed25519 by its content, all else is HMAC.

    Raises: BadKey for a PEM that cannot be read or holds another kind of key.
    """
    if not secret.lstrip().startswith(_PEM):
        return KeyType.HMAC
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa  # noqa: PLC0415 - slow, and not for HMAC

    key = _load(secret)
    if isinstance(key, rsa.RSAPrivateKey):
        return KeyType.RSA
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return KeyType.ED25519
    raise BadKey("must be an RSA or Ed25519 private key")


def signature(key_type: KeyType, secret: str) -> Signature:
    """The function that signs: it takes the payload's bytes and returns the raw signature, not yet spelled.

    Raises: BadKey when the secret is not a key of that type.
    """
    found = key_type_of(secret)
    if found is not key_type:
        raise BadKey(f"is {_named(found)}, but key_type is {key_type}")
    return {KeyType.HMAC: _hmac, KeyType.RSA: _rsa, KeyType.ED25519: _ed25519}[key_type](secret)


def _named(key_type: KeyType) -> str:
    return "no PEM private key" if key_type is KeyType.HMAC else f"a PEM key of type {key_type}"


def _hmac(secret: str) -> Signature:
    key = secret.encode()
    return lambda payload: hmac.digest(key, payload, "sha256")


def _rsa(secret: str) -> Signature:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415

    key, pad, digest = _load(secret), padding.PKCS1v15(), hashes.SHA256()
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - key_type_of has just said so; this is for the type checker
    return lambda payload: key.sign(payload, pad, digest)


def _ed25519(secret: str) -> Signature:
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - as above

    key = _load(secret)
    assert isinstance(key, ed25519.Ed25519PrivateKey)  # noqa: S101 - the same
    return key.sign


def _load(secret: str) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        return load_pem_private_key(secret.strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    raise BadKey("must be an unencrypted PEM private key (PKCS#8)")  # outside the handler: no cause may carry the key


def base64_text(raw: bytes) -> str:
    """A raw signature as the exchanges want it spelled in base64."""
    return base64.b64encode(raw).decode()
