-- End a command that was never sent: refused locally, or settled without a call.
-- uses: common
-- KEYS: command, agenda, events
-- ARGV: id, new state, result (JSON)
-- Returns {'written'} | {'stale', state}
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'queued' and state ~= 'waiting' then
  return { 'stale', state or 'missing' }
end
finalise(KEYS[1], ARGV[1], ARGV[2], ARGV[3], now_ms())
return { 'written' }
