"""Bybit's v5 REST dialect."""
