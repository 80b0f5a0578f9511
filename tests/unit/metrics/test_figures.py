"""What a process counts and times between two times of telling."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from workers.calls.figures import BOUNDS_SECONDS, Figures, timed
from workers.metrics.families import counted


def test_it_counts_from_zero_again_and_takes_back_what_was_not_told() -> None:
    figures = Figures()
    figures.count("calls", "binance", "main")
    taken = figures.take()
    assert taken == {"calls|binance|main": 1}
    assert figures.take() == {}
    figures.count("calls", "binance", "main")
    figures.put_back(taken)
    assert figures.take() == {"calls|binance|main": 2}


def test_threads_lose_no_count() -> None:
    figures = Figures()

    def work() -> None:
        for _ in range(2_000):
            figures.count("calls")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert figures.take() == {"calls": 8_000}


def test_an_answer_is_timed_once_by_the_thread_that_got_it() -> None:
    figures = Figures()
    figures.answered(0, "binance", "orders")
    other = threading.Thread(target=figures.written)
    other.start()
    other.join()
    assert figures.take() == {}
    figures.written()
    figures.written()
    assert figures.take()["hops|binance|orders|answered_result|le=+Inf"] == 1


@given(st.floats(0, 100))
def test_a_bucket_holds_what_is_not_longer_than_its_bound(seconds: float) -> None:
    (bucket,) = [name for name in timed("hops", seconds) if "le=" in name]
    bound = float(bucket.rpartition("=")[2])
    assert seconds <= bound
    assert all(seconds > smaller for smaller in BOUNDS_SECONDS if smaller < bound)


def test_histograms_are_cumulated_and_end_with_all() -> None:
    figures = {"took|okx|orders|le=0.001": 2, "took|okx|orders|le=0.1": 3, "took|okx|orders|le=+Inf": 1}
    figures["took|okx|orders|sum"] = 250_000
    (took,) = [family for family in counted(figures) if family.name == "pointsman_command_seconds"]
    samples = {sample.labels.get("le", sample.name): sample.value for sample in took.samples}
    assert (samples["0.001"], samples["0.05"], samples["0.1"], samples["60.0"], samples["+Inf"]) == (2, 2, 5, 5, 6)
    assert samples["pointsman_command_seconds_sum"] == 0.25
    assert samples["pointsman_command_seconds_count"] == 6


def test_a_figure_of_another_version_is_left_out() -> None:
    assert not [sample for family in counted({"commands|only|three": 1, "nothing": 2}) for sample in family.samples]
