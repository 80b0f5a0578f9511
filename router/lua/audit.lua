-- After a fail-over: what the former primary knew last may be lost, a claim among it. So whatever could have been sent
-- without our knowing is asked of the exchange before it may be sent.
-- uses: lines, common
-- KEYS: '' (unused), agenda, events
-- ARGV: prefix of command keys, the new primary's replication id, {id} ...
-- Returns {how many became unknown}
local FIRST_SENT_BEFORE_MS = 10000 -- the exchange's clock may be behind ours
local now, doubted = now_ms(), 0

for place = 3, #ARGV do
  local id = ARGV[place]
  local key = ARGV[1] .. id
  local held = redis.call('HMGET', key, 'state', 'writes', 'audited', 'line', 'place', 'created')
  local state = held[1]
  if state and not FINAL[state] and held[2] == '1' and held[3] ~= ARGV[2] then
    -- An attempt that nobody remembers may have been sent later than the one we know of: the fence is set anew by
    -- who asks, see begin.lua.
    redis.call('HSET', key, 'audited', ARGV[2], 'refence', 1)
    if state == 'queued' or state == 'waiting' then
      redis.call('HSET', key, 'state', 'unknown', 'doubt', 1)
      redis.call('HSETNX', key, 'first_sent', string.format('%d', tonumber(held[6]) - FIRST_SENT_BEFORE_MS))
      redis.call('HDEL', key, 'due', 'lease', 'owner', 'wakes', 'rung', 'place')
      if held[5] then
        leave_place(held[5])
      end
      event(id, 'unknown', 'a fail-over may have lost its claim')
      attend(id, now)
      doubted = doubted + 1
      if held[4] then
        leave_line(held[4], id, key, KEYS[2])
        attend(id, now)
      end
    end
  end
end
return { tostring(doubted) }
