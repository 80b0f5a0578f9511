"""Binance USDⓈ-M futures: its own hosts, limits and codes; the keys, the clock and the signing are spot's."""
