"""How many orders are open, counted by a list that is never of now."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from router.commands import AnyNewOrder, CancelOrder, new_order
from router.errors import ErrorKind, Guarded, NotProcessed, Problem, Rejected, RouterError
from router.models import Order, OrderStatus, OrderType
from workers.guard_settings import GuardSettings
from workers.guards import Guards, Sight
from workers.open_orders import AGAIN_SECONDS, FRESH_SECONDS, OpenOrders

WHO = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT"}


def an_order(name: str, status: OrderStatus = OrderStatus.NEW, order_id: str = "1") -> Order:
    fields = {"client_order_id": name, "order_id": order_id, "side": "buy", "type": OrderType.LIMIT, "quantity": "1"}
    return Order.model_validate({**WHO, **fields, "status": status})


class Place:
    """An exchange that shows what is open, and how often it was asked."""

    def __init__(self, *names: str) -> None:
        self.open = dict.fromkeys(names)
        self.asked = 0
        self.error: RouterError | None = None
        self.now = 0.0

    def read(self) -> list[Order]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return [an_order(name) for name in self.open]

    def counter(self) -> OpenOrders:
        return OpenOrders(self.read, lambda: self.now)


def test_others_orders_count_as_the_list_shows_them() -> None:
    place = Place("a", "b")
    counter = place.counter()
    assert counter.take("mine", 3) is None
    assert counter.take("another", 3) == 3
    assert counter.take("mine", 3) is None  # the same one again, after a wait
    assert place.asked == 1


def test_orders_placed_by_hand_have_no_name_and_count_each() -> None:
    counter = OpenOrders(lambda: [an_order("", order_id="1"), an_order("", order_id="2")])
    assert counter.take("mine", 2) == 2


def test_the_list_is_read_anew_when_it_is_old_and_sooner_when_it_is_in_the_way() -> None:
    place = Place()
    counter = place.counter()
    counter.take("a", 9)
    place.now = FRESH_SECONDS
    counter.take("b", 9)
    assert place.asked == 1
    place.now += 0.1
    counter.take("c", 9)
    assert place.asked == 2
    place.now += AGAIN_SECONDS
    assert counter.take("d", 1) is not None
    assert place.asked == 2
    place.now += 0.1
    assert counter.take("d", 1) is not None
    assert place.asked == 3


def test_what_ended_or_never_was_makes_room_at_once() -> None:
    counter = Place("theirs").counter()
    for make_room in (
        lambda: counter.learn(an_order("a", OrderStatus.FILLED)),
        lambda: counter.release("a"),
        lambda: counter.learn(an_order("theirs", OrderStatus.CANCELLED)),
    ):
        counter.take("a", 2)
        assert counter.take("b", 2) == 2
        make_room()
        assert counter.take("b", 2) is None
        counter.release("b")


def test_an_order_whose_answer_is_lost_counts_until_a_list_can_tell() -> None:
    place = Place()
    counter = place.counter()
    counter.take("lost", 1)
    place.now = 19.0
    assert counter.take("b", 1) == 1
    place.now = 24.0  # the list of 19 s was too early to prove its absence
    assert counter.take("b", 1) is None


def test_an_accepted_order_counts_though_the_list_does_not_show_it_yet() -> None:
    place = Place()
    counter = place.counter()
    counter.take("a", 9)
    place.now = 2.5
    counter.learn(an_order("a"))
    place.now = 3.1
    assert counter.take("b", 1) == 1
    assert place.asked == 2  # the list was read anew, and is too early to tell
    place.now = 6.2
    assert counter.take("b", 1) is None  # it has ended since, as nobody told


def test_what_cannot_be_read_is_not_guessed() -> None:
    place = Place()
    place.error = NotProcessed(Problem(kind=ErrorKind.CONNECTION, message="refused"))
    counter = place.counter()
    for _ in range(3):
        with pytest.raises(NotProcessed):
            counter.take("a", 9)
    assert place.asked == 1  # a failure serves for a second
    place.now, place.error = 1.1, None
    assert counter.take("a", 9) is None


def test_of_many_threads_no_more_pass_than_there_is_room_for() -> None:
    counter = Place("theirs").counter()
    with ThreadPoolExecutor(16) as threads:
        passed = list(threads.map(lambda number: counter.take(str(number), 8), range(200)))
    assert passed.count(None) == 7


LIMIT = 3


class OneProcess(RuleBasedStateMachine):
    """One process alone trades; replies get lost, lists are late by up to their freshness, orders end unseen."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Place()
        self.counter = self.place.counter()
        self.placed = 0

    @rule(answer=st.sampled_from(["open", "filled", "refused", "lost, open", "lost, never there"]))
    def place_one(self, answer: str) -> None:
        self.placed += 1
        name = str(self.placed)
        if self.counter.take(name, LIMIT) is not None:
            return
        if answer.endswith("open"):
            self.place.open[name] = None
        match answer:
            case "open":
                self.counter.learn(an_order(name))
            case "filled":
                self.counter.learn(an_order(name, OrderStatus.FILLED))
            case "refused":
                self.counter.release(name)

    @rule(told=st.booleans())
    def one_ends(self, told: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        if self.place.open:
            name = next(iter(self.place.open))
            del self.place.open[name]
            if told:
                self.counter.learn(an_order(name, OrderStatus.CANCELLED))

    @rule(seconds=st.floats(0, 30))
    def time_passes(self, seconds: float) -> None:
        self.place.now += seconds

    @invariant()
    def never_more_open_than_allowed(self) -> None:
        assert len(self.place.open) <= LIMIT

    @rule()
    def room_is_found_again(self) -> None:
        """Whatever went before: once everything must have shown, what is truly free can be taken."""
        self.place.now += 60.0
        if len(self.place.open) < LIMIT:
            assert self.counter.take("probe", LIMIT) is None
            self.counter.release("probe")
        else:
            assert self.counter.take("probe", LIMIT) == LIMIT


OneProcess.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestOneProcess = OneProcess.TestCase


def limit_order(**fields: object) -> AnyNewOrder:
    return new_order("limit", **{**WHO, "side": "buy", "quantity": "1", "price": "100", "id": "a", **fields})


def guards(place: Place) -> Guards:
    def not_needed(_: object) -> Any:  # noqa: ANN401 - it never returns
        raise AssertionError

    return Guards("main", GuardSettings(max_open_orders=1), Sight(not_needed, lambda _: place.read(), not_needed))


def test_the_guard_names_how_many_there_are() -> None:
    guarding = guards(Place("theirs"))
    with pytest.raises(Guarded) as caught:
        guarding.check_order(limit_order())
    problem = caught.value.problem
    assert (problem.kind, problem.code, problem.field) == (ErrorKind.GUARD, "max_open_orders", "open orders")
    assert problem.rule == "must leave at most 1 orders of account main open; 1 are"


@pytest.mark.parametrize("fields", [{"time_in_force": "IOC"}, {"time_in_force": "FOK"}])
def test_what_cannot_rest_is_not_counted(fields: dict[str, object]) -> None:
    guards(Place("theirs")).check_order(limit_order(**fields))
    guards(Place("theirs")).check_order(new_order("market", **{**WHO, "side": "buy", "quantity": "1"}))
    with pytest.raises(Guarded):
        guards(Place("theirs")).check_order(
            new_order("stop", **{**WHO, "side": "buy", "quantity": "1", "trigger_price": "101"})
        )


@pytest.mark.parametrize("is_named", [True, False])
def test_an_order_that_was_not_placed_gives_its_place_back(is_named: bool) -> None:  # noqa: FBT001 - a parameter
    guarding = guards(Place())
    first = limit_order() if is_named else limit_order(id=None)
    guarding.check_order(first)
    with pytest.raises(Guarded):
        guarding.check_order(limit_order(id="b"))
    refused = Rejected(Problem(kind=ErrorKind.INSUFFICIENT_BALANCE, message="no"))
    guarding.release(first, refused)
    guarding.check_order(limit_order(id="b"))


def test_a_duplicate_stands_by_an_earlier_attempt() -> None:
    guarding = guards(Place())
    guarding.check_order(limit_order())
    guarding.release(limit_order(), Rejected(Problem(kind=ErrorKind.DUPLICATE_ORDER, message="no")))
    with pytest.raises(Guarded):
        guarding.check_order(limit_order(id="b"))


def test_a_cancel_makes_room() -> None:
    guarding = guards(Place("theirs"))
    with pytest.raises(Guarded):
        guarding.check_order(limit_order())
    cancel = CancelOrder.model_validate({**WHO, "client_order_id": "theirs"})
    guarding.learn(cancel, an_order("theirs", OrderStatus.CANCELLED))
    guarding.check_order(limit_order())


def test_an_unreadable_list_refuses() -> None:
    place = Place()
    place.error = NotProcessed(Problem(kind=ErrorKind.CONNECTION, message="refused"))
    with pytest.raises(Guarded, match="how many are open must be known"):
        guards(place).check_order(limit_order())
