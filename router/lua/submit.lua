-- Accept a command once, and ring the doorbell in the same breath.
-- uses: lines, common
-- seldom: finalise, problem
-- KEYS: command, agenda, events, queue (the broker's list), target (of a cancel; '' for none), flight (of a read that
--       others may be asking too; '' for none)
-- ARGV: id, document, digest, task, queue name, exchange, account, life_ms (-1 for ever), keep_ms, writes (1/0),
--       envelope ('' when the message goes another way), grace_ms (until a lost message is noticed), target's id,
--       line, here (1 when a worker has it in hand already), quiet (1 when a batch's message calls it),
--       joins_ms (an identical read that was sent longer ago is not joined)
-- Returns {'accepted' | 'same' | 'conflict', state, created_ms, 1 when its message is to be sent now}
--   or {'joined', state, id of the identical read that answers for both}
local id, document, digest = ARGV[1], ARGV[2], ARGV[3]
local exact = exact_now()
local now, at = math.floor(exact), string.format('%.3f', exact)

local held = redis.call('HMGET', KEYS[1], 'digest', 'state', 'created')
if held[2] then
  local same = held[1] == digest or held[1] == '' -- '' is a tombstone: cancelled before it came
  if same and ARGV[10] == '1' then
    redis.call('HSET', KEYS[1], 'again', now) -- a write, or who waits for replicas (WAIT) would not wait for the first
  end
  return { same and 'same' or 'conflict', held[2], held[3] }
end

-- An identical read is joined as long as its answer will be young enough. The journal brings each to an end, so an owner
-- that is dead holds nobody up for longer than its time to live.
if KEYS[6] ~= '' then
  local owner = redis.call('GET', KEYS[6])
  if owner then
    local key = string.sub(KEYS[1], 1, -#id - 1) .. owner
    local state, mark = unpack(redis.call('HMGET', key, 'state', 'mark'))
    local young = state == 'sending' and mark and exact - tonumber(mark) <= tonumber(ARGV[17])
    if state == 'queued' or state == 'waiting' or young then
      return { 'joined', state, owner }
    end
  end
  redis.call('SET', KEYS[6], id, 'PX', math.max(tonumber(ARGV[8]), 1))
end

-- A cancel stops its target, if that was not sent yet, at this very moment.
if KEYS[5] ~= '' then
  local target = ARGV[13]
  local state = redis.call('HGET', KEYS[5], 'state')
  if not state then
    redis.call('HSET', KEYS[5], 'state', 'cancelled', 'digest', '', 'created', now, 'keep', ARGV[9])
  end
  if not state or state == 'queued' or state == 'waiting' then
    finalise(KEYS[5], target, 'cancelled', problem('cancelled', 'cancelled before it was sent'), now)
  end
end

local life = tonumber(ARGV[8])
local expires = life < 0 and 0 or now + life
if ARGV[16] == '1' then
  called_at_once = TOGETHER -- a batch takes one thread and one call, however many are in it
end
local called = ARGV[15] == '1'
if called then
  redis.call('ZADD', ARGV[14] .. ':called', at, id)
else
  called = join_line(ARGV[14], id, KEYS[2], at, ARGV[5], expires)
end
local message = ARGV[11]
local kept = called and {} or { 'message', message, 'grace', ARGV[12] } -- until it is called
redis.call(
  'HSET', KEYS[1],
  'state', 'queued', 'document', document, 'digest', digest, 'task', ARGV[4], 'queue', ARGV[5],
  'exchange', ARGV[6], 'account', ARGV[7], 'created', now, 'expires', expires, 'keep', ARGV[9],
  'writes', ARGV[10], 'attempts', 0, 'line', ARGV[14], 'asked', at, unpack(kept)
)
event(id, 'queued', document)
if called then
  attend(id, expires > 0 and math.min(now + ARGV[12], expires) or now + ARGV[12])
  if message ~= '' and ARGV[16] ~= '1' then
    redis.call('LPUSH', KEYS[4], message)
  end
end
return { 'accepted', 'queued', tostring(now), called and '1' or '0' }
