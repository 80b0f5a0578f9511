"""Bybit: spot, linear, inverse and option markets of a unified trading account, over the v5 REST API."""
