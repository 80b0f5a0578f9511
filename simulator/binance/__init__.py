"""Binance's dialect: spot (`/api/v3`, and the few `/sapi` calls that client libraries make for spot)."""
