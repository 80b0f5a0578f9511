"""OKX: spot, margin, swaps, futures and options, over the v5 REST API."""
