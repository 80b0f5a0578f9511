-- Who asks: of each account either this poll does, or another that is under way already does and its answer will do.
-- uses: lines, common
-- KEYS: flights (HASH account → 'poll:held until ms')
-- ARGV: poll id, prefix of command keys, hold_ms (how long a poll may take to be accepted), account ...
-- A poll holds an account until it has told of it, has ended, or was never accepted: a dead owner is replaced.
-- Returns the owner of each account, in order
local now = now_ms()
local poll, prefix = ARGV[1], ARGV[2]
local until_ms = string.format('%d', now + tonumber(ARGV[3]))
local accounts = { unpack(ARGV, 4) }
local states, owners, taken = {}, {}, {}
for i, held in ipairs(redis.call('HMGET', KEYS[1], unpack(accounts))) do
  local owner, till = string.match(held or '', '^(.*):(%d+)$')
  if owner and states[owner] == nil then
    states[owner] = redis.call('HGET', prefix .. owner, 'state') or 'none'
  end
  local state = owner and states[owner]
  if owner and not FINAL[state] and (state ~= 'none' or tonumber(till) > now) then
    owners[i] = owner
  else
    owners[i] = poll
    taken[#taken + 1] = accounts[i]
    taken[#taken + 1] = poll .. ':' .. until_ms
  end
end
if #taken > 0 then
  redis.call('HSET', KEYS[1], unpack(taken))
end
return owners
