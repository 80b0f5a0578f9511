-- Add what was counted of the event stream, once: whoever has counted the same events before us has added it already.
-- KEYS: position, figures, open
-- ARGV: the position counted from, the position counted to, how many figures, {figure, amount} ..., how many commands
--       begun, {id, what is known of it} ..., the ids of those that have ended ...
-- Returns {1} when it was added, {0} when the position is another by now
if (redis.call('GET', KEYS[1]) or '0-0') ~= ARGV[1] then
  return { 0 }
end
redis.call('SET', KEYS[1], ARGV[2])
local at = 4
for _ = 1, ARGV[3] do
  redis.call('HINCRBY', KEYS[2], ARGV[at], ARGV[at + 1])
  at = at + 2
end
local begun = ARGV[at]
at = at + 1
for _ = 1, begun do
  redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for place = at, #ARGV do
  redis.call('HDEL', KEYS[3], ARGV[place])
end
return { 1 }
