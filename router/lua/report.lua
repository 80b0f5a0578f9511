-- Tell the gate what a call taught.
-- uses: gate
-- ARGV: report (JSON)
local time = redis.call('TIME')
gate_report(cjson.decode(ARGV[1]), time[1] * 1000 + math.floor(time[2] / 1000))
