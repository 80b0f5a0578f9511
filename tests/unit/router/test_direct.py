"""Scripts take a shorter way to Redis than redis-py's, and as safe a one."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import redis
from support.processes import Valkey

from router.connection import connect
from router.direct import DirectPool, DirectRedis, packing
from router.settings import RouterSettings

ECHO = "return {ARGV[1], KEYS[1]}"


class Interrupted(BaseException):
    """What a signal handler raises, as Ctrl-C does."""


@pytest.fixture
def client(valkey: Valkey, redis_client: redis.Redis) -> Iterator[redis.Redis]:
    redis_client.script_flush()
    made = connect(RouterSettings(redis_url=valkey.url, redis_timeout_seconds=0.5), retries=2)
    assert isinstance(made, DirectRedis)
    yield made
    made.close()


def echo(client: redis.Redis, text: str) -> list[bytes]:
    answer: list[bytes] = client.execute_command("EVALSHA", client.script_load(ECHO), 1, "key", text)  # type: ignore[no-untyped-call]
    return answer


def others(redis_client: redis.Redis) -> list[int]:
    mine = redis_client.client_id()
    return [int(each["id"]) for each in redis_client.client_list() if int(each["id"]) != mine]


def test_scripts_and_other_commands_share_one_connection(client: redis.Redis, redis_client: redis.Redis) -> None:
    before = set(others(redis_client))
    for turn in range(5):
        assert echo(client, str(turn)) == [str(turn).encode(), b"key"]
        assert client.ping()
        with client.pipeline() as pipeline:
            pipeline.set("a", turn)
            pipeline.get("a")
            assert pipeline.execute() == [True, str(turn).encode()]
    assert len(set(others(redis_client)) - before) == 1


def test_a_pool_of_one_is_enough_for_one_thread(valkey: Valkey) -> None:
    client = DirectRedis.from_pool(DirectPool.from_url(valkey.url, max_connections=1))
    for turn in range(3):
        assert echo(client, str(turn))[0] == str(turn).encode()
    client.close()


def test_who_was_hung_up_on_is_answered_all_the_same(client: redis.Redis, redis_client: redis.Redis) -> None:
    sha = client.script_load(ECHO)
    for turn in (b"1", b"2", b"3"):
        assert client.execute_command("EVALSHA", sha, 1, "key", turn) == [turn, b"key"]  # type: ignore[no-untyped-call]
        for each in others(redis_client):
            redis_client.client_kill_filter(_id=str(each))


def test_an_error_is_told_and_the_next_answer_is_its_own(client: redis.Redis) -> None:
    with pytest.raises(redis.exceptions.NoScriptError):
        client.execute_command("EVALSHA", "0" * 40, 0)  # type: ignore[no-untyped-call]
    with pytest.raises(redis.ResponseError, match="wrong number"):
        client.execute_command("EVALSHA")  # type: ignore[no-untyped-call]
    assert echo(client, "next")[0] == b"next"


def test_after_an_interruption_no_answer_is_taken_for_another(client: redis.Redis, redis_client: redis.Redis) -> None:
    assert echo(client, "before")[0] == b"before"

    def interrupt(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        sha = client.script_load(ECHO)
        redis_client.client_pause(300)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Interrupted):
            client.execute_command("EVALSHA", sha, 1, "key", "given up")  # type: ignore[no-untyped-call]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert [echo(client, text)[0] for text in ("a", "b")] == [b"a", b"b"]


def test_after_a_time_out_no_answer_is_taken_for_another(valkey: Valkey, redis_client: redis.Redis) -> None:
    client = connect(RouterSettings(redis_url=valkey.url, redis_timeout_seconds=0.2), retries=0)
    assert echo(client, "before")[0] == b"before"
    sha = client.script_load(ECHO)
    redis_client.client_pause(400)
    with pytest.raises(redis.TimeoutError):
        client.execute_command("EVALSHA", sha, 1, "key", "too late")  # type: ignore[no-untyped-call]
    redis_client.ping()  # answered once the pause has ended
    assert [echo(client, text)[0] for text in ("a", "b")] == [b"a", b"b"]
    client.close()


def test_threads_get_their_own_answers(client: redis.Redis) -> None:
    sha, wrong = client.script_load(ECHO), []

    def ask(name: str) -> None:
        for turn in range(100):
            text = f"{name}-{turn}".encode()
            answer = client.execute_command("EVALSHA", sha, 1, "key", text)  # type: ignore[no-untyped-call]
            if answer != [text, b"key"]:
                wrong.append((text, answer))

    threads = [threading.Thread(target=ask, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_forked_child_has_connections_of_its_own(valkey: Valkey) -> None:
    program = f"""
import os
from router.connection import connect
from router.settings import RouterSettings
client = connect(RouterSettings(redis_url={valkey.url!r}))
sha = client.script_load({ECHO!r})
def ask(text):
    return [client.execute_command("EVALSHA", sha, 1, "key", f"{{text}}-{{turn}}")[0].decode() for turn in range(300)]
assert ask("before")
child = os.fork()
name = "parent" if child else "child"
right = ask(name) == [f"{{name}}-{{turn}}" for turn in range(300)]
if not child:
    os._exit(0 if right else 3)
assert right and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_without_a_server_it_gives_up_after_its_tries() -> None:
    client = connect(RouterSettings(redis_url="redis://127.0.0.1:1/0", redis_timeout_seconds=0.2), retries=1)
    with pytest.raises(redis.ConnectionError):
        client.execute_command("EVALSHA", "0" * 40, 0)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "command",
    [("GET", "key"), ("SCRIPT LOAD", "return 1"), (b"CLIENT KILL", b"ID", 7), ("SET", "é", b"\x00\r\n", "PX", 10, 0.5)],
)
def test_commands_are_spelt_as_redis_py_spells_them(command: tuple[str | bytes | float, ...]) -> None:
    packer = packing()["command_packer"]
    assert packer.pack(*command) == redis.Connection().pack_command(*command)  # type: ignore[no-untyped-call]
