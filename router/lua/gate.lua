-- The gate: ban, breaker and every budget of one call, in that order; all or nothing.
-- A passage is a table: ban, breaker (keys), read, ignores_breaker (booleans), offset (exchange clock minus the
-- worker's, ms), charges (a list of {key, limit, window_ms, cost}).
-- Budgets are hashes: `window` the aligned window's number on the exchange's clock, `used` what was taken in it.

local OPENS_AFTER = 5 -- consecutive failures
local COOL_DOWN_MS = 2000
local PROBE_MS = 10000 -- how long one probe may take before another is let through

local function used_in(key, window)
  local held = redis.call('HMGET', key, 'window', 'used')
  if tonumber(held[1] or -1) == window then
    return tonumber(held[2])
  end
  return 0
end

local function hold(key, window, used, window_ms)
  redis.call('HSET', key, 'window', string.format('%d', window), 'used', math.max(0, used))
  redis.call('PEXPIRE', key, window_ms * 2)
end

local function breaker_refusal(passage, now)
  local opened = tonumber(redis.call('HGET', passage.breaker, 'opened') or 0)
  if opened == 0 or passage.ignores_breaker then
    return nil
  end
  local probing = tonumber(redis.call('HGET', passage.breaker, 'probing') or 0)
  if passage.read and now >= opened + COOL_DOWN_MS and now >= probing then
    redis.call('HSET', passage.breaker, 'probing', now + PROBE_MS)
    return nil
  end
  return math.max(opened + COOL_DOWN_MS - now, 250)
end

-- Returns nil when let through, else the reason and after how many milliseconds asking again can succeed.
local function gate_enter(passage, now)
  local banned = redis.call('PTTL', passage.ban)
  if banned > 0 then
    return 'banned', banned
  end
  local wait = breaker_refusal(passage, now)
  if wait then
    return 'circuit_open', wait
  end
  local exchange_now = now + passage.offset
  local taken = {}
  for i, charge in ipairs(passage.charges) do
    local key, limit, window_ms, cost = unpack(charge)
    local window = math.floor(exchange_now / window_ms)
    local used = used_in(key, window) + cost
    if used > limit then
      return 'rate_limited', (window + 1) * window_ms - exchange_now
    end
    taken[i] = { key, window, used, window_ms }
  end
  for _, new in ipairs(taken) do
    hold(unpack(new))
  end
  return nil
end

-- A report adds to the passage: usage and refunds (lists of {key, window_ms, units}), banned_for_ms, healthy.
-- What the exchange counted only ever raises our count: calls under way are not in its number yet.
local function gate_report(report, now)
  local exchange_now = now + report.offset
  for _, seen in ipairs(report.usage) do
    local key, window_ms, units = unpack(seen)
    local window = math.floor(exchange_now / window_ms)
    if units > used_in(key, window) then
      hold(key, window, units, window_ms)
    end
  end
  for _, refund in ipairs(report.refunds) do
    local key, window_ms, units = unpack(refund)
    local window = math.floor(exchange_now / window_ms)
    hold(key, window, used_in(key, window) - units, window_ms)
  end
  if report.banned_for_ms and report.banned_for_ms > redis.call('PTTL', report.ban) then
    redis.call('SET', report.ban, now + report.banned_for_ms, 'PX', report.banned_for_ms)
  end
  if report.healthy == true then
    redis.call('DEL', report.breaker)
  elseif report.healthy == false then
    local failures = redis.call('HINCRBY', report.breaker, 'failures', 1)
    if failures >= OPENS_AFTER then
      redis.call('HSET', report.breaker, 'opened', now, 'probing', 0)
    end
    redis.call('PEXPIRE', report.breaker, 3600000)
  end
end
