"""Every Redis key: its name, type, writer and lifetime. No other file spells one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Keys:
    """All keys under one prefix."""

    prefix: str

    @property
    def commands(self) -> str:
        """What every command's key starts with."""
        return f"{self.prefix}:command:"

    def command(self, command_id: str) -> str:
        """HASH, one command: document, state, times, attempts, fence, result.

        Written by every journal script; kept ``keep`` ms after its end. The same name is the channel on which its end
        is announced.
        """
        return f"{self.prefix}:command:{command_id}"

    @property
    def listening(self) -> str:
        """No key but a channel on which nothing is said.

        Whoever waits stays subscribed to it: a redis-py subscription that becomes empty while another channel is being
        added may believe that it has none, and then an end is heard a second late.
        """
        return f"{self.prefix}:listening"

    @property
    def agenda(self) -> str:
        """ZSET of every command that has not ended, scored by when it wants attention; read by the sweeper."""
        return f"{self.prefix}:agenda"

    @property
    def ended(self) -> str:
        """ZSET of commands that failed or expired, scored by when; kept as long as their records."""
        return f"{self.agenda}:ended"

    @property
    def events(self) -> str:
        """STREAM of changes of state: id, state, detail, by; about the last 100,000.

        ``detail`` is the command itself when it was accepted, the result when it ended, the reason in between. An end
        has exchange, account and task besides.
        """
        return f"{self.prefix}:events"

    @property
    def dead(self) -> str:
        """STREAM of messages that no worker could read: queue, reason, message; about the last 10,000."""
        return f"{self.prefix}:dead"

    @property
    def accounts(self) -> str:
        """HASH account → {exchange, environment}; written by workers at start; no secret in it; kept for ever."""
        return f"{self.prefix}:accounts"

    def instruments(self, exchange: str, environment: str) -> str:
        """HASH symbol → Instrument; written by workers at start and hourly; kept for a day."""
        return f"{self.prefix}:instruments:{exchange}:{environment}"

    def snapshot(self, what: str, exchange: str, place: str) -> str:
        """STRING, the last answer of a read and the moment it is of; written by snapshots.lua, kept for a day.

        ``place`` is the account, or for prices the environment and the symbol. Prices are kept for an hour.
        """
        return f"{self.prefix}:snapshot:{what}:{exchange}:{place}"

    @property
    def changes(self) -> str:
        """STREAM of balances that are not what they were; about the last 100,000. Written by snapshots.lua."""
        return f"{self.prefix}:changes"

    def flight(self, what: str, exchange: str, place: str) -> str:
        """STRING, the read that is under way for this; written by submit.lua, gone when the read expires."""
        return f"{self.prefix}:flight:{what}:{exchange}:{place}"

    def flights(self, what: str, exchange: str) -> str:
        """HASH account → 'poll:held until ms'; written by flights.lua and poll.lua; a field goes with its answer."""
        return f"{self.prefix}:flights:{what}:{exchange}"

    def poll(self, poll_id: str) -> str:
        """HASH account → fresh or failed, and ':left', how many are not told of; kept as long as its stream.

        ``<key>:news`` is a STREAM of what is told: account, status, calls, left, problem; or waits, the reason.
        Both are kept as long after the last word as the record of a read.
        """
        return f"{self.prefix}:poll:{poll_id}"

    def schedule(self, name: str, slot: int) -> str:
        """STRING, which worker has taken a slot of a schedule; kept for two periods."""
        return f"{self.prefix}:schedule:{name}:{slot}"

    def worker(self, name: str) -> str:
        """STRING, a worker's sign of life: what it serves, when it last took its canary; gone in ten seconds."""
        return f"{self.prefix}:worker:{name}"

    @property
    def sweeper(self) -> str:
        """STRING, who leads the sweeping; a lease of two seconds."""
        return f"{self.prefix}:sweeper"

    @property
    def era(self) -> str:
        """STRING, the replication id of the primary whose commands have been looked through since it became one.

        Written by router.failover, where Sentinels name the primary; kept for ever.
        """
        return f"{self.prefix}:era"

    def budget(self, name: str) -> str:
        """What is used of a limit: STRING of ten doubles (fixed windows) or ZSET (rolling ones).

        A string is kept for ever, there are a few per account; a ZSET lives two windows.
        Written by the gate; see router/lua/budgets.lua. Derived names: ``:line:LANE`` ZSET of who waits for room, by
        when it asked; ``:others`` ZSET and ``:foreign`` STRING, what somebody else uses of a rolling limit.
        """
        return f"{self.prefix}:budget:{name}"

    def ban(self, egress: str) -> str:
        """STRING, until when an address is banned; lives as long as the ban."""
        return f"{self.prefix}:ban:{egress}"

    def breaker(self, way: str) -> str:
        """HASH failures, opened, probing, cool_down; written by the gate; gone with the first success or in an hour."""
        return f"{self.prefix}:breaker:{way}"

    def clock(self, way: str) -> str:
        """HASH, the exchange's clock and health as last found out; written by upkeep; kept for ten minutes.

        offset_ms (exchange minus Redis), uncertainty_ms, round_trip_ms, measured_ms (Redis' clock), stable (1 or 0) and
        by; reachable (1 or 0), latency_ms, problem and checked_ms. ``<key>:lease`` is a STRING, who measures. Typed:
        workers.shared_clock, and for people router.standing.
        """
        return f"{self.prefix}:clock:{way}"

    def timer(self, account: str) -> str:
        """SET of symbols whose cancel timers at the exchange we keep up; kept for two of their lengths.

        ``<key>:lease`` is a STRING, which worker keeps them up. Written by workers.dead_man.
        """
        return f"{self.prefix}:timer:{account}"

    def thaw(self, egress: str) -> str:
        """STRING, when a ban ended or will end; kept a few seconds longer, while calls start again one by one.

        ``<key>:END:N`` counts the calls of the N-th second since it ended at END.
        """
        return f"{self.prefix}:thaw:{egress}"

    def line(self, name: str) -> str:
        """ZSET of commands that were not called yet, by when they were accepted; written by the journal's scripts.

        ``<key>:called`` is a ZSET of those that were and have not ended. See router/lua/lines.lua.
        """
        return f"{self.prefix}:line:{name}"

    @property
    def lined(self) -> str:
        """HASH queue → how many of its commands stand in lines; written by the journal's scripts; kept for ever."""
        return f"{self.agenda}:lined"

    @property
    def halts(self) -> str:
        """HASH what is halted → {by, why, since_ms}; written by router.halts, read by the gate; kept until resumed.

        Its fields are ``all``, ``exchange:NAME``, ``account:NAME`` and ``symbol:EXCHANGE:SYMBOL``.
        """
        return f"{self.prefix}:halts"

    @property
    def figures(self) -> str:
        """HASH figure → whole number, what has been counted and timed; kept for ever, its fields are bounded.

        Added to by workers (workers.figures_report) and, for what the event stream tells, by workers.metrics.tally.
        ``<key>:position`` is a STRING, the last event counted; ``<key>:open`` a HASH of commands counted as begun.
        """
        return f"{self.prefix}:figures"

    @property
    def limits(self) -> str:
        """HASH budget → its limit, as JSON; written by workers, read by router.limits; kept for a day."""
        return f"{self.prefix}:limits"

    @property
    def standing(self) -> str:
        """The pattern of worker, ban, breaker and clock keys, and of none of the many commands and budgets."""
        return f"{self.prefix}:[bcw][arlo][^m]*"
