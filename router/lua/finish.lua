-- Write down what became of an attempt, and tell the gate what the call taught.
-- uses: lines, common, budgets, rolling, papers, gate
-- seldom: expire, leave_place, step_out, settle_fully, rolling_settle, learn_health
-- KEYS: command, agenda, events, queues to take the next message from, if any (the broker's lists)
-- ARGV: id, attempt, new state, result (JSON; '' for none), delay_ms (waiting, unknown), why, report (see papers.lua; '' for none),
--       how many of its line to call at once (0: no opinion), 1 when the exchange took the request
-- A reply is evidence about its own attempt, whoever holds the lease by now; about no other attempt.
-- Returns {'written'} | {'written', queue, message} | {'stale'}
local id, attempt, new_state, result, why = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[6]
local exact = exact_now()
local now = math.floor(exact)
local held = redis.call(
  'HMGET', KEYS[1], 'keep', 'line', 'place', 'owner', 'exchange', 'account', 'task', 'due', -- as common.lua has them
  'state', 'attempts', 'expires', 'reported'
)
if ARGV[8] ~= '0' then
  called_at_once = math.min(tonumber(ARGV[8]), CALLED_AT_ONCE)
end
local state, reported = held[9], held[12] or ''
if ARGV[7] ~= '' then
  local passage = read_passage(ARGV[7])
  local mark = mark_of(passage)
  if reported ~= mark then -- the same again: its first reply was lost on the way to the worker
    gate_report(read_report(passage), exact)
    reported = mark
  end
end
if (state ~= 'sending' and state ~= 'unknown') or tonumber(held[10]) ~= attempt then
  if state and reported ~= '' then
    redis.call('HSET', KEYS[1], 'reported', reported)
  end
  return { 'stale' }
end

-- The next message, in the order in which the broker would give it. Any other client's is Celery's to read (`OURS` in
-- router/queues.py), and stays where it is.
local function take()
  local queues = { unpack(KEYS, 4) }
  while #queues > 0 do
    queues[#queues + 1] = 'RIGHT'
    local found = redis.call('LMPOP', #queues - 1, unpack(queues))
    queues[#queues] = nil
    local message = found and found[2][1]
    if not message then
      break
    elseif is_ours(message) then
      return { message = message, queue = found[1], queues = {} }
    end
    redis.call('RPUSH', found[1], message)
    for at = #queues, 1, -1 do
      if queues[at] == found[1] then
        table.remove(queues, at)
      end
    end
  end
  local empty = {}
  for _, queue in ipairs(queues) do
    empty[queue] = true
  end
  return { queues = empty }
end

local function written()
  return { 'written', taker.queue, taker.message }
end

taker = take()
if FINAL[new_state] then
  end_held(KEYS[1], id, new_state, result, now, held, 'reported', reported)
  return written()
end

local expires = tonumber(held[11] or 0)
local due = now + tonumber(ARGV[5])
redis.call('HSET', KEYS[1], 'state', new_state, 'due', due, 'why', why, 'reported', reported)
redis.call('HDEL', KEYS[1], 'owner', 'lease')
if new_state == 'unknown' then
  if ARGV[9] == '1' then
    redis.call('HSET', KEYS[1], 'acknowledged', 1)
  end
  -- A refusal (its problem comes as the result) is suspected once; when it comes again after the look-up it is believed.
  redis.call('HSET', KEYS[1], result ~= '' and 'suspected' or 'doubt', 1)
  if held[2] then
    leave_line(held[2], id, KEYS[1], KEYS[2])
  end
  attend(id, due)
elseif expires > 0 and expires <= now then
  expire(KEYS[1], id, expires, now)
  return written()
else
  attend(id, expires > 0 and math.min(due, expires) or due)
end
event(id, new_state, why)
return written()
