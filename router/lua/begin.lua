-- Claim a command for one worker, through the gate: either it may be sent now, once, or it says what to do instead.
-- uses: lines, common, budgets, rolling, papers, gate
-- seldom: expire, leave_line, leave_place, step_out, halted, ban_left, breaker_left, note_passed
-- seldom: budget_wait, fixed_take, rolling_take
-- KEYS: command, agenda, events
-- ARGV: id, digest, owner, lease_ms, timestamp_ms (exchange clock), window_ms, patience_ms,
--       passage (see papers.lua; '' lets nothing through),
--       1: asked on behalf of a call that carries several; nothing changes unless it is let through, though it comes
--       before its time
-- Returns {verdict, ...}:
--   send, attempt, window_ms, left_ms (-1 for ever), doubt, mark
--   reconcile, attempt, fence_ms, first_sent_ms, acknowledged (1/0)
--   soon, wait_ms                      the gate opens within the worker's patience: sleep and ask again
--   wait, wait_ms, reason              parked
--   refused, reason, detail            waiting does not help: the worker ends it
--   missing | differs | early | busy | final | expired | shut
local id, digest, owner, together = ARGV[1], ARGV[2], ARGV[3], ARGV[9] == '1'
local exact = exact_now()
local now = math.floor(exact)
local held = redis.call(
  'HMGET', KEYS[1], 'state', 'digest', 'expires', 'due', 'lease', 'attempts', 'fence', 'first_sent', 'writes', 'doubt', 'created',
  'owner', 'suspected', 'mark', 'asked', 'place', 'line', 'wakes', 'acknowledged', 'why', 'refence'
)
local state, expires, due, lease = held[1], tonumber(held[3] or 0), tonumber(held[4] or 0), tonumber(held[5] or 0)
local attempts = tonumber(held[6] or 0)
local doubt = held[10] and not held[13] and '1' or '0' -- a refusal that came again after a look-up is believed
if not state then
  return { 'missing' }
elseif FINAL[state] then
  return { 'final', state }
elseif held[2] ~= digest then
  return { 'differs' }
elseif lease > now and state == 'sending' and held[12] == owner then
  -- The same call again: its first reply was lost on the way to the worker, which therefore has sent nothing yet.
  local left = expires > 0 and expires - now or -1
  redis.call('HSET', KEYS[1], 'lease', lease) -- a write, or who waits for replicas (WAIT) would not wait for the first
  return { 'send', attempts, tonumber(held[7]) - tonumber(ARGV[5]), left, doubt, held[14] }
elseif lease > now then
  return { 'busy', state }
elseif due > now and not (together and held[20] == 'rate_limited') then
  return { 'early', state }
end

local function claim(new_state, ...)
  lease = now + tonumber(ARGV[4])
  redis.call('HSET', KEYS[1], 'state', new_state, 'owner', owner, 'lease', lease, ...)
  if due > 0 or held[16] or held[18] then
    redis.call('HDEL', KEYS[1], 'due', 'wakes', 'rung', 'place')
  end
  if held[16] then
    leave_place(held[16])
  end
  attend(id, lease)
end

-- Sent once by a worker that is gone, or sent with its reply lost: ask what became of it. Reads are simply repeated.
if held[9] == '1' and (state == 'sending' or state == 'unknown') then
  claim('unknown')
  if state == 'sending' then
    redis.call('HSET', KEYS[1], 'doubt', 1)
    event(id, 'unknown', 'its worker is gone')
  end
  if held[17] then
    leave_line(held[17], id, KEYS[1], KEYS[2])
  end
  local dies = held[7] or '0'
  if held[21] then -- after a fail-over, see audit.lua: what was sent before it dies with what would be sent now
    dies = string.format('%d', math.max(tonumber(dies), tonumber(ARGV[5]) + tonumber(ARGV[6])))
    redis.call('HSET', KEYS[1], 'fence', dies)
    redis.call('HDEL', KEYS[1], 'refence')
  end
  return { 'reconcile', attempts, dies, held[8] or '0', held[19] or '0' }
end

if expires > 0 and expires <= now then
  expire(KEYS[1], id, expires, now)
  return { 'expired' }
end

if ARGV[8] == '' then
  return { 'shut' }
end
local who = {
  id = id, asked = held[15] or string.format('%.3f', exact), place = held[16], line = held[17],
  commands = string.sub(KEYS[1], 1, -#id - 1), passing = together,
}
local reason, wait, detail = gate_enter(read_passage(ARGV[8]), exact, who)
local mark = wait
if reason and wait < 0 then
  return { 'refused', reason, detail }
elseif reason and together then
  return { 'soon', math.ceil(wait) }
elseif reason then
  if who.place then
    redis.call('HSET', KEYS[1], 'place', who.place)
  end
  wait = math.ceil(wait)
  if wait <= tonumber(ARGV[7]) then
    return { 'soon', wait }
  end
  due = now + wait - math.floor(tonumber(ARGV[7]) * 0.8) -- woken a little early, to be there in time
  redis.call('HSET', KEYS[1], 'state', 'waiting', 'due', due, 'why', reason)
  redis.call('HDEL', KEYS[1], 'rung')
  attend(id, expires > 0 and math.min(due, expires) or due)
  event(id, 'waiting', reason)
  return { 'wait', wait, reason }
end

-- The receive window never outlasts the deadline: the exchange itself then refuses what comes too late.
local window, left = tonumber(ARGV[6]), -1
if expires > 0 then
  left = expires - now
  window = math.min(window, left)
end
local fence = string.format('%d', tonumber(ARGV[5]) + window)
claim('sending', 'attempts', attempts + 1, 'fence', fence, 'mark', mark, 'first_sent', held[8] or ARGV[5])
if held[17] then
  if together then
    step_out(held[17], id, KEYS[1], KEYS[2])
  end
  redis.call('ZADD', held[17] .. ':called', 0, id)
end
event(id, 'sending', '', owner)
return { 'send', attempts + 1, window, left, doubt, mark }
