-- Write down what became of an attempt, and tell the gate what the call taught.
-- uses: lines, common, budgets, gate
-- KEYS: command, agenda, events, queues to take the next message from, if any (the broker's lists)
-- ARGV: id, attempt, new state, result (JSON; '' for none), delay_ms (waiting, unknown), why, report (JSON or ''),
--       how many of its line to call at once (0: no opinion), 1 when the exchange took the request
-- A reply is evidence about its own attempt, whoever holds the lease by now; about no other attempt.
-- Returns {'written'} | {'written', queue, message} | {'stale'}
local id, attempt, new_state, result, why = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[6]
local exact = exact_now()
local now = math.floor(exact)
local held = redis.call('HMGET', KEYS[1], 'state', 'attempts', 'expires', 'line', 'reported')
if ARGV[8] ~= '0' then
  called_at_once = math.min(tonumber(ARGV[8]), CALLED_AT_ONCE)
end
local state = held[1]
if ARGV[7] ~= '' then
  local report = cjson.decode(ARGV[7])
  if held[5] ~= report.mark then -- the same again: its first reply was lost on the way to the worker
    gate_report(report, exact)
    if state then
      redis.call('HSET', KEYS[1], 'reported', report.mark)
    end
  end
end
if (state ~= 'sending' and state ~= 'unknown') or tonumber(held[2]) ~= attempt then
  return { 'stale' }
end

-- The next message, in the order in which the broker would give it. Any other client's is Celery's to read (`OURS` in
-- router/queues.py).
local function written()
  for at = 4, #KEYS do
    local message = redis.call('LINDEX', KEYS[at], -1)
    if message and string.find(message, '"journaled": true', 1, true) then
      redis.call('RPOP', KEYS[at])
      return { 'written', KEYS[at], message }
    end
  end
  return { 'written' }
end

if FINAL[new_state] then
  finalise(KEYS[1], id, new_state, result, now)
  return written()
end

local expires = tonumber(held[3] or 0)
local due = now + tonumber(ARGV[5])
redis.call('HSET', KEYS[1], 'state', new_state, 'due', due, 'why', why)
redis.call('HDEL', KEYS[1], 'owner', 'lease')
if new_state == 'unknown' then
  if ARGV[9] == '1' then
    redis.call('HSET', KEYS[1], 'acknowledged', 1)
  end
  -- A refusal (its problem comes as the result) is suspected once; when it comes again after the look-up it is believed.
  redis.call('HSET', KEYS[1], result ~= '' and 'suspected' or 'doubt', 1)
  if held[4] then
    leave_line(held[4], id, KEYS[1], KEYS[2])
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
