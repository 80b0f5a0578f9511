# %% [markdown]
# A walk through the router, cell by cell; open it as a notebook in an editor that knows `# %%`, or run it as a script.
# `make demo` or `pointsman up` gives you all that it needs, with play money.

# %% One router for everything; POINTSMAN_REDIS_URL tells it where Redis is.
from router import InvalidCommand, OrderRouter

router = OrderRouter()
at = {"exchange": "binance", "account": "sim-1"}

# %% What there is
balances = router.get_balances(**at)
print("USDT:", balances["USDT"].free)
ticker = router.get_market_data(symbol="BTC/USDT", **at)
print("BTC/USDT:", ticker.bid_price, "-", ticker.ask_price)

# %% A mistake is found before anything is queued, and says what is wrong
try:
    router.buy_limit("BTC/USDT", quantity="0.0100000001", price="50000", **at)
except InvalidCommand as mistake:
    print("refused:", mistake.problem.message)

# %% An order: the ticket comes at once, the result when it is there
ticket = router.buy_market("BTC/USDT", quantity="0.01", **at)
order = ticket.order(timeout=10)
print("bought", order.filled_quantity, "at", order.average_price, "fees", [str(fee.amount) for fee in order.fees])

# %% The same key places once, however often it is asked for
first = router.buy_market("BTC/USDT", quantity="0.01", idempotency_key="walk-through", **at)
again = router.buy_market("BTC/USDT", quantity="0.01", idempotency_key="walk-through", **at)
print("one order:", first.id == again.id)

# %% Many at once, and their results as they come, over one connection
tickets = router.submit_many(
    {"kind": "market_order", "symbol": "ETH/USDT", "side": "buy", "quantity": "0.01", **at} for _ in range(5)
)
for ending in router.results(tickets, timeout=10):
    print(ending.id[:8], ending.state)

# %% What happened, from the first event to the last
for event in router.events("0", account="sim-1", patience=0.2):
    if event.command_id == ticket.id:
        print(event.at_ms, event.state)

router.close()
