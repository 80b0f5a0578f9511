-- One step of a poll's chunk: tell of the account just asked, and either ask the gate for the next one, wait, or end.
-- uses: lines, common, budgets, rolling, papers, gate, snapshots
-- KEYS: command (the chunk), agenda, events, told (HASH, see router.keys), news (STREAM), flights, snapshot ('' for
--       none), the whole poll's command ('' when the chunk is all of it)
-- ARGV: id, digest, owner, turn (a number that tells this step from the same one sent again), lease_ms, patience_ms,
--       answer (JSON or ''), document (JSON or ''), report, passage (see papers.lua, or ''), wish (next, park, end),
--       park_ms, why, the whole poll's id, keep_ms, memory (what whoever takes a parked chunk up must know)
-- An answer is {account, status, calls, left, problem (JSON as text), place (of the snapshot)}.
-- Returns {verdict, ...}:
--   go, mark, left (units:cost:ceiling:window_ms of the tightest shared budget, or '')
--   soon, wait_ms                     the gate opens within the worker's patience
--   wait, wait_ms, reason, budget     not now; the worker asks for another account, or parks
--   refused, reason                   never
--   mine | parked | ended             done as wished
--   missing | final | differs | busy | early | expired
called_at_once = FEW -- of each line of a poll, however long it is: calls under way are what a poll is quick by
local id, owner, turn = ARGV[1], ARGV[3], ARGV[4]
local exact = exact_now()
local now = math.floor(exact)
local poll, keep = ARGV[14], tonumber(ARGV[15])

local function tell(answer)
  if redis.call('HSETNX', KEYS[4], answer.account, answer.status) == 0 then
    return -- a worker that was taken for dead has answered after all
  end
  redis.call('HINCRBY', KEYS[4], ':left', -1)
  redis.call(
    'XADD', KEYS[5], '*', 'account', answer.account, 'status', answer.status, 'calls', answer.calls, 'left', answer.left,
    'problem', answer.problem
  )
  redis.call('PEXPIRE', KEYS[4], keep)
  redis.call('PEXPIRE', KEYS[5], keep)
  local held = redis.call('HGET', KEYS[6], answer.account)
  if held and string.match(held, '^(.*):%d+$') == poll then
    redis.call('HDEL', KEYS[6], answer.account)
  end
end

local function end_poll()
  if KEYS[8] == '' or redis.call('HGET', KEYS[4], ':left') ~= '0' then
    return
  end
  local state = redis.call('HGET', KEYS[8], 'state')
  if state and not FINAL[state] then
    finalise(KEYS[8], poll, 'done', cjson.encode({ accounts = redis.call('HLEN', KEYS[4]) - 1 }), now)
  end
end

-- What the lane may still use of the budget that is nearest to its end, of those that everybody draws on.
local function left_of(charges)
  local least, found = 2, ''
  for _, charge in ipairs(charges) do
    local key, rolling, limit, ceiling, window_ms, cost = unpack(charge)
    if ceiling < limit then
      local used
      if rolling == 1 then
        used = redis.call('ZCOUNT', key, '(' .. string.format('%.3f', exact), '+inf')
      else
        local packed = redis.call('GET', key)
        used = packed and select(2, struct.unpack(PACKED, packed)) or 0
      end
      local left = math.max(ceiling - used, 0)
      if left / ceiling < least then
        least, found = left / ceiling, string.format('%d:%d:%d:%d', left, cost, ceiling, window_ms)
      end
    end
  end
  return found
end

local held = redis.call(
  'HMGET', KEYS[1], 'state', 'digest', 'expires', 'due', 'lease', 'owner', 'place', 'polling', 'turn', 'mark', 'reported'
)
if ARGV[9] ~= '' then
  local report = read_passage(ARGV[9])
  local mark = mark_of(report)
  if held[11] ~= mark then -- the same again: its first reply was lost on the way to the worker
    gate_report(read_report(report), exact)
    if held[1] then
      redis.call('HSET', KEYS[1], 'reported', mark)
    end
  end
end
if ARGV[7] ~= '' then
  local answer = cjson.decode(ARGV[7])
  if ARGV[8] ~= '' then
    keep_snapshot(KEYS[7], answer.place, ARGV[8])
  end
  tell(answer)
end

local state, expires, due, lease = held[1], tonumber(held[3] or 0), tonumber(held[4] or 0), tonumber(held[5] or 0)
local mine = state == 'sending' and held[6] == owner
if not state then
  return { 'missing' }
elseif FINAL[state] then
  return { 'final' }
elseif held[2] ~= ARGV[2] then
  return { 'differs' }
elseif mine and held[9] == turn then
  return { 'go', held[10], '' }
elseif not mine and lease > now then
  return { 'busy' }
elseif not mine and due > now then
  return { 'early' }
elseif ARGV[11] == 'end' then
  finalise(KEYS[1], id, 'done', cjson.encode({ accounts = tonumber(ARGV[12]) }), now)
  end_poll()
  return { 'ended' }
elseif expires > 0 and expires <= now then
  expire(KEYS[1], id, expires, now)
  return { 'expired' }
elseif ARGV[11] == 'park' then
  due = now + tonumber(ARGV[12])
  redis.call('HSET', KEYS[1], 'state', 'waiting', 'due', due, 'why', ARGV[13], 'memory', ARGV[16])
  redis.call('HDEL', KEYS[1], 'owner', 'lease', 'rung')
  attend(id, expires > 0 and math.min(due, expires) or due)
  event(id, 'waiting', ARGV[13])
  if ARGV[13] ~= '' then
    redis.call('XADD', KEYS[5], '*', 'waits', ARGV[13])
    redis.call('PEXPIRE', KEYS[5], keep)
  end
  return { 'parked' }
end

lease = now + tonumber(ARGV[5])
if not mine then
  redis.call('HSET', KEYS[1], 'state', 'sending', 'owner', owner, 'lease', lease)
  redis.call('HDEL', KEYS[1], 'due', 'wakes', 'rung', 'turn')
  event(id, 'sending', '', owner)
else
  redis.call('HSET', KEYS[1], 'lease', lease)
end
attend(id, lease)
if ARGV[10] == '' then
  return { 'mine' }
end

-- Every account asks anew, and so comes after whoever waits by then: a long poll goes before no other read.
local who = {
  id = id, asked = held[8] or string.format('%.3f', exact), place = held[7], commands = string.sub(KEYS[1], 1, -#id - 1),
}
local passage = read_passage(ARGV[10])
local reason, wait = gate_enter(passage, exact, who)
if reason and wait < 0 then
  return { 'refused', reason }
elseif reason then
  if who.place then
    redis.call('HSET', KEYS[1], 'place', who.place, 'polling', who.asked)
  end
  wait = math.ceil(wait)
  if wait <= tonumber(ARGV[6]) then
    return { 'soon', wait }
  end
  return { 'wait', wait, reason, string.match(who.place or '', '^(.*):line:') or '' }
end
if who.place then
  leave_place(who.place)
  redis.call('HDEL', KEYS[1], 'place', 'polling')
end
redis.call('HSET', KEYS[1], 'turn', turn, 'mark', wait)
return { 'go', wait, left_of(passage.charges) }
