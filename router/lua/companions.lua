-- Who could go along with a command that waits at the gate, in a call that carries several: only looked at.
-- KEYS: line
-- ARGV: id, what the commands' keys start with, most
-- Those that were called and wait for the same limit come first, then those that were not called yet.
-- Returns their documents, in that order.
local line, most, found = KEYS[1], tonumber(ARGV[3]), {}

local function take(id, state, why)
  local held = redis.call('HMGET', ARGV[2] .. id, 'state', 'why', 'document')
  if #found < most and held[1] == state and (not why or held[2] == why) then
    found[#found + 1] = held[3]
  end
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', line .. ':called', '(0', '+inf')) do
  if id ~= ARGV[1] then
    take(id, 'waiting', 'rate_limited')
  end
end
if #found < most then
  for _, id in ipairs(redis.call('ZRANGE', line, 0, most - #found - 1)) do
    take(id, 'queued')
  end
end
return found
