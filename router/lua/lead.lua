-- Take or keep a lease by name.
-- KEYS: the lease
-- ARGV: name, lease_ms
-- Returns {1} for the leader, {0} for everybody else
local holder = redis.call('GET', KEYS[1])
if holder == false or holder == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return { 1 }
end
return { 0 }
