-- Move a command that was not sent: end it (refused locally, or settled without a call), or let it wait.
-- uses: lines, common
-- KEYS: command, agenda, events
-- ARGV: id, new state (final, or waiting), result (JSON; '' when waiting), delay_ms, why
-- Returns {'written'} | {'stale', state} | {'missing'}
local id, new_state = ARGV[1], ARGV[2]
local now = now_ms()
local held = redis.call('HMGET', KEYS[1], 'state', 'expires')
local state = held[1]
if not state then
  return { 'missing' }
elseif state ~= 'queued' and state ~= 'waiting' then
  return { 'stale', state }
elseif FINAL[new_state] then
  finalise(KEYS[1], id, new_state, ARGV[3], now)
  return { 'written' }
end
local expires, due = tonumber(held[2] or 0), now + ARGV[4]
redis.call('HSET', KEYS[1], 'state', 'waiting', 'due', due, 'why', ARGV[5])
attend(id, expires > 0 and math.min(due, expires) or due)
event(id, 'waiting', ARGV[5])
return { 'written' }
