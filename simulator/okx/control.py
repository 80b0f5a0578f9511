"""What the control API can set on this exchange (`/_sim/okx`): the points that OKX leaves open.

visible_after_ms    before an accepted order shows in queries (0); until then they answer that it does not exist
"""

Wish = dict[str, object]
_FIELD = "visible_after_ms"
US_PER_MS = 1000


class Knobs:
    """Settings of one simulated OKX, until the next reset."""

    def __init__(self) -> None:
        self.visible_after_us = 0

    def set_up(self, wish: Wish) -> Wish:
        """Carry out a wish, all of it or nothing.

        Returns: what is set now. Raises: ValueError, naming field, value and rule.
        """
        unknown = sorted(wish.keys() - {_FIELD})
        if unknown:
            raise ValueError(f"{unknown[0]}: unknown field; allowed is {_FIELD}")
        value = wish.get(_FIELD, self.visible_after_us // US_PER_MS)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ValueError(f"{_FIELD}: {value!r} must be a whole number of zero or more")
        self.visible_after_us = value * US_PER_MS
        return {_FIELD: value}
