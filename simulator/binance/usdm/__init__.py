"""Binance's USDⓈ-M futures: the calls under `/fapi`, their own limits, filters and error codes."""
