"""Client order ids that the exchange makes up."""

import secrets
import string

_LETTERS = string.ascii_letters + string.digits


def random_id() -> str:
    """22 letters and digits, as Binance's own look."""
    return "".join(secrets.choice(_LETTERS) for _ in range(22))
