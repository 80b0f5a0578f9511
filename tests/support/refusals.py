"""What a role does not need of Redis, as commands that must be refused: one a line, words apart by spaces."""

from __future__ import annotations

_RECORD = "pointsman:command:somebody-elses"
_EVERYBODY = f"""
FLUSHALL
FLUSHDB
KEYS *
CONFIG GET *
CONFIG SET maxmemory 1
ACL LIST
ACL SETUSER sender +@all
MONITOR
CLIENT LIST
CLIENT KILL ID 1
CLIENT PAUSE 1
CLIENT UNPAUSE
SHUTDOWN NOSAVE
REPLICAOF 127.0.0.1 1
SAVE
SLOWLOG GET
SCRIPT FLUSH
FUNCTION LIST
EVAL return 0
MIGRATE 127.0.0.1 1 {_RECORD} 0 9
HSET pointsman:halts all x
HDEL pointsman:halts all
GET somebody:elses
SET somebody:elses 1
SUBSCRIBE somebody
PUBLISH somebody 1
"""
_WHAT_IS_THE_WORKERS = f"""
XRANGE pointsman:dead - +
XREVRANGE pointsman:dead + -
XREAD STREAMS pointsman:dead 0
XADD pointsman:dead * a b
XDEL pointsman:dead 1-1
XRANGE pointsman:events - +
XREAD STREAMS pointsman:events 0
LRANGE binance.orders 0 -1
RPOP binance.orders
BRPOP binance.orders 1
DEL binance.orders
DEL {_RECORD}
DEL pointsman:agenda
HSET pointsman:accounts sim-1 x
HSET pointsman:breaker:binance opened 1
HSET pointsman:limits a 1
HINCRBY pointsman:figures a 1
SET pointsman:sweeper me
SET pointsman:worker:me x
SET pointsman:snapshot:balances:binance:sim-1 x
SET pointsman:ban:direct 9
SET pointsman:era x
SET pointsman:budget:binance 1
PUBLISH /0.celery.pidbox x
PUBLISH /0.celeryev/task.sent x
PSUBSCRIBE *
SUBSCRIBE /0.celery.pidbox
SCAN 0
"""
_RECORDS = f"""
HSET {_RECORD} state done
HSET {_RECORD} result x
HDEL {_RECORD} lease
PEXPIRE {_RECORD} 1
PUBLISH {_RECORD} done
ZREM pointsman:agenda a
ZADD pointsman:agenda 1 a
ZADD pointsman:line:binance 1 a
XADD pointsman:events * id a
SET pointsman:flight:balances:binance:sim-1 a
"""
_SCRIPTS = """
SCRIPT LOAD return
EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
"""
_WHAT_CHANGES_ANYTHING = f"""
DEL {_RECORD}
SUBSCRIBE {_RECORD}
LPUSH binance.orders x
LPUSH binance.cancels x
RPOP binance.orders
BRPOP binance.orders 1
DEL binance.orders
XADD pointsman:dead * a b
XDEL pointsman:dead 1-1
SET pointsman:sweeper me
HSET pointsman:accounts sim-1 x
SADD _kombu.binding.binance.orders a
EVALSHA ffffffffffffffffffffffffffffffffffffffff 1 pointsman:agenda
PUBLISH /0.celery.pidbox x
PUBLISH /0.celeryev/task.sent x
"""
_WHAT_ONLY_PEOPLE_NEED = """
SCAN 0
XDEL pointsman:dead 1-1
XRANGE pointsman:dead - +
"""
_EVENTS = ("XRANGE pointsman:events", "XREAD STREAMS pointsman:events")
_BUT_FOR_EVENTS = "".join(f"{line}\n" for line in _WHAT_IS_THE_WORKERS.splitlines() if not line.startswith(_EVENTS))
OF_ROLE = {
    "producer": _EVERYBODY + _WHAT_IS_THE_WORKERS,
    "follower": _EVERYBODY + _BUT_FOR_EVENTS,
    "sender": _EVERYBODY + _WHAT_IS_THE_WORKERS + _RECORDS + _SCRIPTS,
    "monitor": _EVERYBODY + _RECORDS + _WHAT_CHANGES_ANYTHING,
    "worker": _EVERYBODY + _WHAT_ONLY_PEOPLE_NEED,
}
REFUSED = [(role, line) for role, lines in OF_ROLE.items() for line in lines.strip().splitlines() if line]
