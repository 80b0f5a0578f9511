-- Shared by the journal's scripts. Every one of them has KEYS[1] the command, KEYS[2] the agenda, KEYS[3] the events.
-- All times are milliseconds of this server's clock, because the workers' clocks disagree.
-- Needs: lines

local EVENTS_KEPT = 100000
local FINAL = { done = true, rejected = true, expired = true, cancelled = true, failed = true }

local function now_ms()
  return math.floor(exact_now())
end

-- Write down a change of state, by whom and why, and what else is to be told; followers read it from the stream.
local function event(id, state, detail, by, ...)
  redis.call(
    'XADD', KEYS[3], 'MAXLEN', '~', EVENTS_KEPT, '*', 'id', id, 'state', state, 'detail', detail or '', 'by', by or '', ...
  )
end

-- Say when the command wants attention again if nobody has moved it by then.
local function attend(id, at)
  redis.call('ZADD', KEYS[2], at, id)
end

-- End a command: its outcome is written, its waiters are told, and it is kept for `keep` milliseconds more. `held` is
-- what its record has of keep, line, place, owner, exchange, account, task and due; what comes last is written too.
local function end_held(key, id, state, result, now, held, ...)
  local kept, line, place, owner, exchange, account, task, due = unpack(held)
  local keep = tonumber(kept or 86400000)
  redis.call('HSET', key, 'state', state, 'result', result, 'finished', now, ...)
  if place or due then
    redis.call('HDEL', key, 'due', 'place')
  end
  redis.call('ZREM', KEYS[2], id)
  if place then
    leave_place(place)
  end
  if line then
    leave_line(line, id, key, KEYS[2])
  end
  redis.call('PEXPIRE', key, keep)
  if state == 'failed' or state == 'expired' then
    redis.call('ZADD', KEYS[2] .. ':ended', now, id)
    redis.call('ZREMRANGEBYSCORE', KEYS[2] .. ':ended', '-inf', now - keep)
  end
  -- The end says itself whose it is: its followers may read it when the record is gone.
  if exchange then
    event(id, state, result, owner or '', 'exchange', exchange, 'account', account, 'task', task)
  else
    event(id, state, result, owner or '') -- a tombstone's
  end
  redis.call('PUBLISH', key, state)
end

local function finalise(key, id, state, result, now)
  local held = redis.call('HMGET', key, 'keep', 'line', 'place', 'owner', 'exchange', 'account', 'task', 'due')
  end_held(key, id, state, result, now, held)
end

local function problem(kind, message)
  return cjson.encode({ kind = kind, message = message })
end

local function expire(key, id, expires, now)
  local late = now - expires
  local text = 'its time to live ended ' .. string.format('%d', late) .. ' ms ago, before it was sent'
  finalise(key, id, 'expired', problem('expired', text), now)
end
