"""The doctor's checks of what exchanges say: keys and permissions, limits, clocks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from router import OrderRouter
from router.catalog import ServedAccount
from router.errors import ErrorKind, Problem, RouterError
from router.limits import budgets_left
from workers.cli.findings import Finding, Look

_ACCOUNTS, _AT_ONCE, _PATIENCE_SECONDS = 50, 8, 8.0
_SCARCE: Final = 0.05
_COUNTED: Final = 20  # a limit of a few is at its end with every call
_DRIFT_MS: Final = 1_000.0
_OTHER_WORLD: Final = {
    "live": "a key made on a testnet or in demo trading",
    "testnet": "a key of the live exchange or of demo trading",
    "demo": "a key of the live exchange or of a testnet",
    "simulator": "a key that the simulator was not told of",
}


def which_keys_are_refused(look: Look) -> Iterator[Finding]:
    """Read every account's balances once, at most fifty accounts': what is wrong with a key shows in that."""
    queues = {queue for beat in look.house.workers.values() for queue in beat.queues}
    served = sorted(look.router.catalog.accounts().items())
    accounts = [(name, each) for name, each in served if f"{each.exchange}.queries" in queues]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        problems = threads.map(lambda each: _read(look.router, *each), accounts[:_ACCOUNTS])
        for (name, account), problem in zip(accounts, list(problems), strict=False):
            if problem is not None and problem.kind is ErrorKind.ACCESS_DENIED:
                look.left_out.append(f"the key of {name}: this user of Redis may not ask for its balances")
            elif problem is not None:
                yield _finding(name, account, problem)


def _read(router: OrderRouter, name: str, account: ServedAccount) -> Problem | None:
    try:
        router.get_balances(exchange=account.exchange, account=name, timeout=_PATIENCE_SECONDS)
    except RouterError as error:
        return error.problem
    except TimeoutError as error:
        return Problem(kind=ErrorKind.TIMEOUT, message=str(error))
    return None


def _finding(name: str, account: ServedAccount, problem: Problem) -> Finding:
    told = f"{problem.message}{f' [{problem.code}]' if problem.code else ''}"
    where = f"{account.exchange} {account.environment}"
    match problem.kind:
        case ErrorKind.BAD_CREDENTIALS:
            means = f"no call of that account is carried out: {told}"
            other = _OTHER_WORLD.get(account.environment, "a key of another environment")
            do = (
                f"see that it is a key of {where} and not {other}, that it still exists, and that the secret is its own"
            )
            return Finding(f"{where} refuses the key of {name}", means, do)
        case ErrorKind.PERMISSION_DENIED:
            means = f"the exchange knows the key and does not let it: {told}"
            do = "give it the permissions to read and to trade (never to withdraw), and our address to its list"
            return Finding(f"the key of {name} lacks a permission on {where}", means, do)
        case ErrorKind.CLOCK:
            return Finding(f"{where} refuses the time of {name}", told, "run NTP on the workers' hosts")
        case _:
            means = f"its orders would fare no better: {told}"
            return Finding(
                f"the balances of {name} on {where} cannot be read", means, "pointsman status; read the worker's log"
            )


def what_is_scarce(look: Look) -> Iterator[Finding]:
    """Limits that are all but used up at this moment."""
    for each in budgets_left(look.journal):
        if each.of.limit >= _COUNTED and each.share_left < _SCARCE:
            of = each.of
            what = f"{of.name} of {of.payer} on {of.exchange}: {each.left} of {of.limit} left"
            means = f"calls wait for their turn, at most {of.window_ms / 1_000:g} s; cancels have their share"
            yield Finding(what, means, "poll less often (max_age), or spread accounts over several ways out (proxy)")


def what_drifts(look: Look) -> Iterator[Finding]:
    """Clocks far apart: harmless while they are measured, and the sign of a host without NTP."""
    for clock in look.house.clocks:
        if clock.offset_ms is not None and abs(clock.offset_ms) > _DRIFT_MS:
            what = f"Redis' clock and that of {clock.way} are {abs(clock.offset_ms) / 1_000:.1f} s apart"
            means = "orders carry the exchange's time all the same; deadlines are kept by Redis' clock"
            yield Finding(what, means, "run NTP on Redis' host")
