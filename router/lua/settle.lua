-- A cancel learnt how its target ended: write it down where the target's own reply was lost.
-- uses: lines, common
-- KEYS: command, agenda, events
-- ARGV: id, result (JSON)
-- Returns {'written'} | {'stale', state}
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'unknown' then
  return { 'stale', state or 'missing' }
end
finalise(KEYS[1], ARGV[1], 'done', ARGV[2], now_ms())
return { 'written' }
