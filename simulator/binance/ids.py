"""Client order ids that the exchange makes up."""

import secrets

_BYTES = 11


def random_id() -> str:
    """22 letters and digits, the length of Binance's own."""
    return secrets.token_hex(_BYTES)
