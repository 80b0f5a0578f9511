"""What an instrument ID says by itself. Source: OKX v5 docs, "Get instruments"; `exchanges/okx.md`, section 4.7.

`BTC-USDT` is a pair (SPOT, and MARGIN on the same book), `BTC-USDT-SWAP` a perpetual, `BTC-USD-260501` a dated future,
`BTC-USD-260501-60000-C` an option. An infix as in `BTC-USD_UM-SWAP` means margined in dollars.
"""

SPOT, MARGIN, SWAP, FUTURES, OPTION = "SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"
KINDS = (SPOT, MARGIN, SWAP, FUTURES, OPTION)
CONTRACTS = (SWAP, FUTURES, OPTION)
_PAIR_WORDS, _FUTURE_WORDS, _OPTION_WORDS = 2, 3, 5


def kind_of(inst_id: str) -> str:
    """The instrument type that an ID has the form of; a pair is SPOT, what has no known form too."""
    words = inst_id.split("-")
    if len(words) == _OPTION_WORDS:
        return OPTION
    if len(words) == _FUTURE_WORDS:
        return SWAP if words[2] == "SWAP" else FUTURES
    return SPOT


def family_of(inst_id: str) -> str:
    """The instrument family of a contract: its first two words."""
    return "-".join(inst_id.split("-")[:_PAIR_WORDS])


def is_contract(inst_id: str) -> bool:
    """Whether it is a swap, a future or an option."""
    return kind_of(inst_id) != SPOT


def counted_as(inst_id: str) -> str:
    """What a rate limit per instrument counts it under: options by family, everything else by itself."""
    return family_of(inst_id) if kind_of(inst_id) == OPTION else inst_id
