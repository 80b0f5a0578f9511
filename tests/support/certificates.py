"""Certificates for servers and clients on this machine, made anew for each test."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_ENCODING = serialization.Encoding.PEM


def self_signed(folder: Path) -> Path:
    """A file with a certificate for localhost and 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = _built("localhost", key).sign(key, hashes.SHA256())
    file = folder / "server.pem"
    file.write_bytes(pem.public_bytes(_ENCODING) + _bytes(key))
    return file


class Authority:
    """Signs certificates; ``file`` is its own, for who is to believe in them."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        built = _built(name, self._key, is_authority=True).sign(self._key, hashes.SHA256())
        self._subject = built.subject
        self.file = folder / f"{name}.crt"
        self.file.write_bytes(built.public_bytes(_ENCODING))

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate for localhost in that name, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = _built(name, key, issuer=self._subject).sign(self._key, hashes.SHA256())
        certificate, secret = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        certificate.write_bytes(signed.public_bytes(_ENCODING))
        secret.write_bytes(_bytes(key))
        return certificate, secret


def _built(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name | None = None, *, is_authority: bool = False
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = dt.datetime.now(dt.UTC)
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject)
    built = built.public_key(key.public_key()).serial_number(x509.random_serial_number())
    built = built.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(days=1))
    if is_authority:
        return built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return built.add_extension(names, critical=False)


def _bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(_ENCODING, form, serialization.NoEncryption())


def server_context(certificate: Path) -> ssl.SSLContext:
    """What a server needs to speak TLS with it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
