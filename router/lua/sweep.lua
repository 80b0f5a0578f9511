-- Find what wants attention: expire it, hand it to reconcile, or have its doorbell rung again.
-- uses: lines, common
-- KEYS: '' (unused), agenda, events
-- ARGV: prefix of command keys, how many at most, grace_ms
-- Returns {next_due_ms or -1, now_ms, {id, task, queue, document, ...}} : the doorbells to ring
local GRACE_CAP_MS = 60000
local now = now_ms()
local grace = tonumber(ARGV[3])
local rings = {}

-- A long queue is no sign of a loss: its messages are on their way. Ring late then, early when the queue is empty.
local function ring(key, id, held)
  local wakes = redis.call('HINCRBY', key, 'wakes', 1)
  redis.call('HSET', key, 'rung', now)
  local expires = tonumber(held[2] or 0)
  local again = now + math.min(GRACE_CAP_MS, grace * 2 ^ math.min(wakes, 6))
  attend(id, expires > now and math.min(again, expires) or again)
  for _, value in ipairs({ id, held[3], held[4], held[5] }) do
    rings[#rings + 1] = value
  end
end

for _, id in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[2])) do
  local key = ARGV[1] .. id
  local held = redis.call('HMGET', key, 'state', 'expires', 'task', 'queue', 'document', 'created', 'writes', 'lease', 'line')
  local state, expires = held[1], tonumber(held[2] or 0)
  if not state or FINAL[state] then
    redis.call('ZREM', KEYS[2], id)
  elseif (state == 'queued' or state == 'waiting') and expires > 0 and expires <= now then
    expire(key, id, expires, now)
  elseif state == 'queued' and redis.call('LLEN', held[4]) > 0 and tonumber(held[6]) + 4 * grace > now then
    attend(id, expires > 0 and math.min(now + grace, expires) or now + grace)
  else
    if state == 'waiting' then
      redis.call('HSET', key, 'state', 'queued')
      redis.call('HDEL', key, 'due')
      event(id, 'queued', 'its time has come')
    elseif state == 'sending' and held[7] == '1' and tonumber(held[8] or 0) <= now then
      redis.call('HSET', key, 'state', 'unknown', 'doubt', 1)
      redis.call('HDEL', key, 'owner', 'lease')
      event(id, 'unknown', 'its worker is gone')
      if held[9] then
        leave_line(held[9], id, key, KEYS[2])
      end
    end
    ring(key, id, held)
  end
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
return { first[2] or '-1', string.format('%d', now), rings }
