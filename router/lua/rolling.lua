-- Budgets of rolling windows: see budgets.lua, which has their rules and the words for them.

-- What others are expected to hold of a rolling window: less and less, the longer nothing was seen of them.
local function others_expected(known, now, window_ms)
  local units, at = string.match(known or '0 0', '^(%d+) (.+)$')
  return math.max(tonumber(units) - math.floor((now - tonumber(at)) / (FORGETS_AFTER * window_ms)), 0)
end

-- How many units this lane may still take now, how many are taken, and how many it may have at a time.
local function rolling_room(charge, moment, urgent)
  local edge = '(' .. string.format('%.3f', moment.arrives)
  local key, _, _, ceiling, window_ms, cost = unpack(charge)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', moment.arrives - REMEMBERED_MS)
  local held = redis.call('ZCOUNT', key, edge, '+inf')
  local foreign, looked = unpack(redis.call('MGET', key .. ':foreign', key .. ':looked'))
  foreign = others_expected(foreign, moment.now, window_ms)
  local others = 0
  if foreign > 0 then
    redis.call('ZREMRANGEBYSCORE', key .. ':others', '-inf', moment.arrives - REMEMBERED_MS)
    others = redis.call('ZCOUNT', key .. ':others', edge, '+inf')
  end
  local seats = ceiling - math.max(foreign, others)
  local last = held > 0 and seats - held == cost and ceiling >= WORTH_A_LOOK and not urgent
  local every = foreign > 0 and LOOKS_AGAIN or LOOKS_EVERY_ROLLING
  if last and moment.arrives - tonumber(looked or 0) >= every * window_ms then
    redis.call('SET', key .. ':looked', string.format('%.3f', moment.arrives), 'PX', every * window_ms)
    redis.call('ZADD', key, moment.arrives + window_ms, LOOK)
    held = held + 1
  end
  local alone = held == 0 and others == 0 -- dearer than the whole share: it passes alone
  return alone and math.max(seats, cost) or seats - held, held, math.max(seats, 1)
end

-- How long a call waits that wants the last of so many `units`, counted from the first of those who asked earlier. What
-- the lane may hold are `seats`, taken in the order in which they get free. Of a seat whose call has no answer yet this
-- is a guess: an answer that is not here now cannot prove an arrival much earlier than now.
local function rolling_wait(charge, moment, units, held, seats)
  local key, window_ms = charge[1], charge[5]
  local turns, place = math.floor((units - 1) / seats), (units - 1) % seats + held - seats
  local leaves = moment.arrives
  if place >= 0 then
    local edge = '(' .. string.format('%.3f', moment.arrives)
    local entry = redis.call('ZRANGEBYSCORE', key, edge, '+inf', 'WITHSCORES', 'LIMIT', place, 1)
    leaves = tonumber(entry[2] or leaves)
    local granted = tonumber(string.match(entry[1] or '', '^[%d.]+')) -- a unit left free to look has none
    if granted and leaves > moment.arrives + window_ms + SPARE_MS then
      local answered = math.max(granted + 2 * moment.lead, moment.now)
      leaves = math.min(leaves, answered - moment.lead + window_ms + SPARE_MS + 1)
    end
  end
  return math.max(leaves - moment.arrives + turns * window_ms, 1)
end

local function rolling_take(charge, moment, mark)
  local key, _, _, _, window_ms, cost = unpack(charge)
  for unit = 1, cost do
    redis.call('ZADD', key, moment.arrives + UNANSWERED_MS + window_ms, mark .. '#' .. unit)
  end
  redis.call('PEXPIRE', key, 2 * window_ms + UNANSWERED_MS)
end

local function note_others(key, moment, units, window_ms)
  for unit = 1, units do
    redis.call('ZADD', key .. ':others', moment.now + moment.lead + window_ms, string.format('%.3f#%d', moment.now, unit))
  end
  redis.call('PEXPIRE', key .. ':others', 2 * window_ms + REMEMBERED_MS)
  local before = others_expected(redis.call('GET', key .. ':foreign'), moment.now, window_ms)
  local now_known = math.max(before, redis.call('ZCOUNT', key .. ':others', moment.now, '+inf'))
  local lasts_ms = (now_known + 1) * FORGETS_AFTER * window_ms
  redis.call('SET', key .. ':foreign', string.format('%d %.3f', now_known, moment.now), 'PX', lasts_ms)
end

local function rolling_settle(charge, moment, call, told)
  local key, _, limit, _, window_ms, cost = unpack(charge)
  local back = call.sent and math.min(told.given_back, cost) or cost
  for unit = 1, cost do
    if unit <= back then
      redis.call('ZREM', key, call.mark .. '#' .. unit)
    elseif call.answered then -- or it may yet arrive; it did before its answer left, and answers take their time too
      local arrived = math.max(call.granted + moment.lead, call.answered - moment.lead)
      redis.call('ZADD', key, 'XX', arrived + window_ms + SPARE_MS, call.mark .. '#' .. unit)
    end
  end
  local seen = told.exhausted and limit + 1 - cost or told.used -- of what is refused one unit at least had no room
  if seen > 0 and moment.now - call.granted < REMEMBERED_MS then
    local then_or_since = '(' .. string.format('%.3f', call.granted) -- all of ours that may have been counted then
    local more = seen - redis.call('ZCOUNT', key, then_or_since, '+inf')
    more = more - redis.call('ZCOUNT', key .. ':others', then_or_since, '+inf')
    local look = redis.call('ZSCORE', key, LOOK)
    if look and tonumber(look) > call.granted then
      more = more + 1
    end
    more = told.exhausted and math.max(more, 1) or more
    if more > 0 then
      note_others(key, moment, more, window_ms)
    end
  end
end
