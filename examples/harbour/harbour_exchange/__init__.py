"""Harbour, an exchange that Pointsman finds once this package is installed."""
