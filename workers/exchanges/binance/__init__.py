"""Binance: spot, over the REST API."""
