"""A view that enqueues an order and answers at once; the browser asks for the outcome. Django's looks the same.

The page makes a key for each order it means, so that a double click, a reload or a retry places it once.
Run: flask --app flask_view run
"""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from router import IdempotencyConflict, InvalidCommand, OrderRouter, QueueUnavailable
from router.results import FINAL_STATES

app = Flask(__name__)
router = OrderRouter()  # safe to share between threads; connects with the first command
ACCOUNT = {"exchange": "binance", "account": "sim-1"}  # of the user who is logged in


@app.post("/buy")
def buy() -> tuple[Response, int]:
    """Take an order: symbol, quantity, and the key that the page made."""
    form = request.form
    try:
        ticket = router.buy_market(
            form.get("symbol", ""), quantity=form.get("quantity", ""), idempotency_key=form.get("key", ""), **ACCOUNT
        )
    except InvalidCommand as error:  # nothing was queued; the message names the field, its value and the rule
        return jsonify(error=error.problem.message, field=error.problem.field), 422
    except IdempotencyConflict:
        return jsonify(error="this key was used for another order"), 409
    except QueueUnavailable:  # the same form may be sent again, with the same key
        return jsonify(error="orders are not taken now; please try again"), 503
    return jsonify(id=ticket.id), 202


@app.get("/orders/<command_id>")
def outcome(command_id: str) -> Response:
    """Tell how it stands; the result once there is one."""
    record = router.record(command_id)
    return jsonify(state=record.state, ended=record.state in FINAL_STATES)
