"""A secret that does not print itself."""


class Secret:
    """Holds a text that never appears in a repr, a format or a log line; `reveal()` is the only way out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for signing."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__
