-- Let one call through the gate that belongs to no journalled command (look-ups, clock reads, warm-ups).
-- uses: gate
-- ARGV: passage (JSON)
-- Returns {} when let through, else {reason, wait_ms}
local time = redis.call('TIME')
local reason, wait = gate_enter(cjson.decode(ARGV[1]), time[1] * 1000 + math.floor(time[2] / 1000))
if reason then
  return { reason, math.ceil(wait) }
end
return {}
