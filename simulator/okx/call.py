"""What a handler gets: the parameters, who asks, and the venue to act on."""

from dataclasses import dataclass, field

from simulator.okx.params import Params
from simulator.okx.venue import Venue

Row = dict[str, object]
"""One row of `data`."""


@dataclass(slots=True)
class Call:
    """One admitted request.

    `items` are its parameters as a list, several only for a batch; `taken` the client ids that its items have used.
    """

    venue: Venue
    items: list[Params]
    user: str = ""
    timestamp_us: int = 0
    deadline_us: int = 0
    hidden_us: int = 0
    received_us: int = 0
    in_us: int = 0
    batch: bool = False
    taken: set[str] = field(default_factory=set)

    @property
    def params(self) -> Params:
        """The parameters of a call that takes one set of them."""
        return self.items[0]

    @property
    def now_ms(self) -> int:
        """When the request was taken up, as answers show it."""
        return self.received_us // 1000
