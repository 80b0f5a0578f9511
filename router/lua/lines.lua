-- The lines in which commands wait for their turn, so that ten thousand of one account are nobody else's concern.
-- A line is a ZSET of one account's commands of one kind, scored by when they were accepted; it only holds those that
-- were not called yet. `<line>:called` is a ZSET of those that were and have not come to an end, a few at a time: only
-- they have messages in the broker's queue, places at a budget, and threads of workers. It is scored by when they were
-- called, with 0 for those that were let through to the exchange.
-- The message of a command in a line stands in its record until it is called; without one (the broker is not this
-- server) the sweeper sends it.

-- Milliseconds of this server's clock, to the microsecond: one moment for a whole script.
local moment_ms
local function exact_now()
  if not moment_ms then
    local time = redis.call('TIME')
    moment_ms = time[1] * 1000 + time[2] / 1000
  end
  return moment_ms
end

local CALLED_AT_ONCE = 48 -- the most; who knows the limit and how long a command takes says how many are enough
local called_at_once = 1 -- where nobody has said
local FEW = 4 -- but so many of a short line, whatever the limit
local LONG = 100 -- of a longer line the limit decides when it ends, and more at once would only be in others' way
local TOGETHER = 20 -- the most that one message carries, see router.batches
local CANCELS_AT_ONCE = 256 -- one may wait for its order's fate, and must not keep the next one waiting
local NEVER = 1e15
local APART_MS = 0.001 -- between two that are called at once
local PASSED_OVER = 300 -- at most so many are looked at in one go

-- How many more of a line in which so many stand may be called.
local function room_in(line, standing)
  local most = called_at_once
  if string.find(line, ':orders.cancel', 1, true) then
    most = CANCELS_AT_ONCE
  elseif most < FEW and standing <= LONG then
    most = FEW
  end
  return most - redis.call('ZCARD', line .. ':called')
end

local function is_ours(message)
  return string.find(message, '"journaled": true', 1, true)
end

-- Who ends a command and takes the next message in the same script (see finish.lua) is handed the one that it would find
-- alone in its queues: they are {queue = true}, and empty.
local taker

local function send_for(queue, message)
  if taker and taker.queues[queue] and not taker.message and is_ours(message) then
    taker.queue, taker.message = queue, message
  else
    redis.call('LPUSH', queue, message)
  end
end

-- Send for one command of a line; nil for one that needs no calling: it has moved on, or its time to live has ended, of
-- which the agenda knows. A message for it would only keep those of others waiting.
local function call(line, id, key, agenda, now)
  local state, queue, message, grace, expires =
    unpack(redis.call('HMGET', key, 'state', 'queue', 'message', 'grace', 'expires'))
  redis.call('HINCRBY', agenda .. ':lined', queue or '', -1)
  expires = tonumber(expires or 0)
  if state ~= 'queued' or (expires > 0 and expires <= now) then
    redis.call('HDEL', key, 'message')
    return nil
  end
  local rings = message and message ~= ''
  local at, asked = math.floor(rings and now + tonumber(grace) or now), string.format('%.3f', now)
  redis.call('ZADD', line .. ':called', asked, id)
  redis.call('HSET', key, 'asked', asked, 'message', '')
  redis.call('ZADD', agenda, expires > 0 and math.min(at, expires) or at, id)
  if rings then
    send_for(queue, message)
  end
  return true
end

-- Call the next ones of a line while there is room.
local function call_next(line, prefix, agenda)
  local standing = redis.call('ZCARD', line)
  if standing == 0 then
    return
  end
  local now, room = exact_now(), room_in(line, standing)
  for turn = 1, math.min(standing, PASSED_OVER) do
    local id = room > 0 and redis.call('ZPOPMIN', line)[1]
    if not id then
      return
    elseif call(line, id, prefix .. id, agenda, now + turn * APART_MS) then
      room = room - 1
    end
  end
end

-- Stand in line, or be called at once; true when called. Who stands has its message in its record.
local function join_line(line, id, agenda, at, queue, expires)
  local standing = redis.call('ZCARD', line)
  if standing == 0 and room_in(line, standing) > 0 then
    redis.call('ZADD', line .. ':called', at, id)
    return true
  end
  redis.call('ZADD', line, at, id)
  redis.call('HINCRBY', agenda .. ':lined', queue, 1)
  redis.call('ZADD', agenda, expires > 0 and expires or NEVER, id)
  return false
end

-- Leave a line before being called; true for one that stood in it.
local function step_out(line, id, key, agenda)
  if redis.call('ZREM', line, id) == 0 then
    return false
  end
  redis.call('HINCRBY', agenda .. ':lined', redis.call('HGET', key, 'queue'), -1)
  redis.call('HDEL', key, 'message')
  return true
end

-- Make room for the next: the command has ended, or it may take long to find out what became of it.
local function leave_line(line, id, key, agenda)
  if redis.call('ZREM', line .. ':called', id) == 0 and step_out(line, id, key, agenda) then
    return
  end
  call_next(line, string.sub(key, 1, -#id - 1), agenda)
end

-- A place in the line before a budget (see gate.lua) is written as `line|member`.
local function leave_place(place)
  local line, member = string.match(place, '^(.*)|(.*)$')
  redis.call('ZREM', line, member)
end
