"""OKX's dialect: API v5 for spot, margin, swaps, futures and options on `/api/v5`."""
