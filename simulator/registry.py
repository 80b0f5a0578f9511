"""Where a market finds its orders again: by number, by client id, by account and symbol."""

from collections import defaultdict

from simulator.orders import Order, Trade

Key = tuple[str, str]


class Registry:
    """All orders of one market.

    A client id leads to the newest order that ever had it; ids count as taken per account and symbol while the order
    is open
    (an assumption where an exchange's documents leave the scope open).
    """

    def __init__(self) -> None:
        self.by_id: dict[int, Order] = {}
        self.open: dict[Key, dict[int, Order]] = defaultdict(dict)
        self.orders: dict[Key, list[Order]] = defaultdict(list)
        self.fills: dict[Key, list[tuple[Trade, Order]]] = defaultdict(list)
        self._by_client: dict[tuple[str, str, str], Order] = {}
        self._taken: dict[tuple[str, str, str], Order] = {}

    def add(self, order: Order) -> None:
        """Enter an accepted order."""
        symbol = order.instrument.symbol
        key = (order.account, symbol)
        self.by_id[order.order_id] = order
        self.open[key][order.order_id] = order
        self.orders[key].append(order)
        client = (order.account, symbol, order.client_order_id)
        self._by_client[client] = self._taken[client] = order

    def add_fill(self, order: Order, trade: Trade) -> None:
        """Enter an order's trade."""
        order.trades.append(trade)
        self.fills[order.account, order.instrument.symbol].append((trade, order))

    def close(self, order: Order) -> None:
        """Take an ended order from the open ones; its client ids are free again."""
        symbol = order.instrument.symbol
        self.open[order.account, symbol].pop(order.order_id, None)
        self._taken.pop((order.account, symbol, order.client_order_id), None)

    def rename(self, order: Order, client_order_id: str) -> None:
        """Give an order another client id; the former one still finds it."""
        symbol = order.instrument.symbol
        self._taken.pop((order.account, symbol, order.client_order_id), None)
        order.client_order_id = client_order_id
        client = (order.account, symbol, client_order_id)
        self._by_client[client] = order
        if order.open:
            self._taken[client] = order

    def taken(self, account: str, symbol: str, client_order_id: str) -> bool:
        """Whether an open order has this client id."""
        return (account, symbol, client_order_id) in self._taken

    def by_client(self, account: str, symbol: str, client_order_id: str) -> Order | None:
        """The newest order that has or had this client id."""
        return self._by_client.get((account, symbol, client_order_id))

    def number(self, account: str, symbol: str, order_id: int) -> Order | None:
        """An account's order by its number."""
        order = self.by_id.get(order_id)
        if order is None or order.account != account or order.instrument.symbol != symbol:
            return None
        return order

    def count_open(self, account: str, symbol: str) -> int:
        """How many open orders an account has in a symbol."""
        return len(self.open[account, symbol])

    def open_orders(self, account: str, symbol: str | None = None) -> list[Order]:
        """An account's open orders, oldest first."""
        if symbol is not None:
            return list(self.open[account, symbol].values())
        found = [order for (name, _), orders in self.open.items() if name == account for order in orders.values()]
        return sorted(found, key=lambda order: order.order_id)
