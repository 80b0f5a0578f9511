-- Give a command that failed or expired another chance, with a fresh deadline.
-- uses: lines, common
-- KEYS: command, agenda, events, queue
-- ARGV: id, life_ms (-1 for ever), envelope ('' when the message goes another way), grace_ms, document
-- What changes something at the exchange is looked up there first, whatever we believe: it becomes unknown, not queued.
-- Returns {'written'} | {'stale', state} | {'missing'}
local id, life = ARGV[1], tonumber(ARGV[2])
local now = now_ms()
local held = redis.call('HMGET', KEYS[1], 'state', 'writes', 'created', 'fence')
local state = held[1]
if not state then
  return { 'missing' }
elseif state ~= 'failed' and state ~= 'expired' then
  return { 'stale', state }
end
local again = held[2] == '1' and 'unknown' or 'queued'
redis.call(
  'HSET', KEYS[1],
  'state', again, 'document', ARGV[5], 'expires', life < 0 and 0 or now + life, 'doubt', 1, 'fence', held[4] or held[3], 'wakes', 0
)
redis.call('HSETNX', KEYS[1], 'first_sent', held[3])
redis.call('HDEL', KEYS[1], 'result', 'finished', 'due', 'owner', 'lease')
redis.call('PERSIST', KEYS[1])
redis.call('ZREM', KEYS[2] .. ':ended', id)
attend(id, now + tonumber(ARGV[4]))
event(id, again, 'replayed')
if ARGV[3] ~= '' then
  redis.call('LPUSH', KEYS[4], ARGV[3])
end
return { 'written' }
