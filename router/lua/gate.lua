-- The gate: halt, ban, breaker and every budget of one call, in that order; all or nothing.
-- Passages and reports are tables, see papers.lua.

local OPENS_AFTER = 5 -- consecutive failures
local COOL_DOWN_MS, LONGEST_COOL_DOWN_MS = 2000, 30000
local PROBE_MS = 10000 -- how long one probe may take before another is let through
local THAW_MS = 6000 -- after a ban calls start again with one in the first second, then twice as many each second
local WALKED = 64 -- how many of those who asked earlier are looked at
local SHORTLY_MS = 3 -- those before us are here any moment
local RUNG_MS = 250 -- who was called and has not come by then loses its turn until it comes

local function moment_of(passage, now)
  local arrives = now + passage.lead
  return {
    now = now, arrives = arrives, exchange = arrives + passage.offset, offset = passage.offset, guard = passage.guard,
    lead = passage.lead,
  }
end

-- The ban, the thaw and every fixed budget in one call; what is of another type comes as false.
local function strings_of(passage)
  local keys = { passage.ban, passage.thaw }
  local charges = passage.charges
  for i = 1, #charges do
    keys[i + 2] = charges[i][1]
  end
  return redis.call('MGET', unpack(keys))
end

-- Few calls meet a halt, failures before them, or somebody who waits: so whether there is any is asked for at once.
local function anything_before(passage, who)
  local keys, charges, line = { passage.breaker, passage.halts > 0 and passage.halted or nil }, passage.charges, nil
  if who then
    line = ':line:' .. passage.lane
    for i = 1, #charges do
      keys[#keys + 1] = charges[i][1] .. line
    end
  end
  return redis.call('EXISTS', unpack(keys)) > 0
end

local function halted(passage)
  if passage.halts == 0 then
    return nil
  end
  for _, order in ipairs(redis.call('HMGET', passage.halted, unpack(read_end(passage), 3))) do
    if order then
      return order
    end
  end
end

-- How long a ban, or the gentle start after one, keeps the call; and the second's count that it adds to if it passes.
local function ban_left(passage, ban, thaw, now)
  if ban and tonumber(ban) > now then
    return tonumber(ban) - now
  elseif not thaw or passage.lane == 'cancels' or now - tonumber(thaw) >= THAW_MS then
    return nil
  end
  local second = math.floor((now - tonumber(thaw)) / 1000)
  local count = passage.thaw .. ':' .. thaw .. ':' .. second
  if tonumber(redis.call('GET', count) or 0) >= 2 ^ second then
    return (second + 1) * 1000 - (now - tonumber(thaw))
  end
  return nil, count
end

-- How long an open breaker keeps the call, and whether it is the probe if it passes.
local function breaker_left(passage, now)
  local opened, probing, cool_down = unpack(redis.call('HMGET', passage.breaker, 'opened', 'probing', 'cool_down'))
  if not opened or passage.ignores_breaker then
    return nil
  end
  local again = tonumber(opened) + tonumber(cool_down)
  if passage.read and now >= again and now >= tonumber(probing) then
    return nil, true
  end
  return math.max(again - now, 250)
end

-- Who was rung and does not come, or has ended, gives up its place; it gets it back when it comes.
local function drop_absent(line, first, commands, now)
  local id = string.match(first, '^%d+:(.*)$')
  local state, rung = unpack(redis.call('HMGET', commands .. id, 'state', 'rung'))
  local absent = state == 'queued' and rung and now - tonumber(rung) > RUNG_MS
  if absent or (state ~= 'queued' and state ~= 'waiting') then
    redis.call('ZREM', line, first)
    return true
  end
end

-- The units wanted by those of our lane who asked earlier; no more than `enough` are counted.
local function ahead(line, who, enough, cost, now)
  for _ = 1, 4 do
    local first = redis.call('ZRANGE', line, 0, 0)[1]
    if not first or not drop_absent(line, first, who.commands, now) then
      break
    end
  end
  local before = '(' .. who.asked
  local wanted, seen = 0, 0
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', line, '-inf', before, 'LIMIT', 0, WALKED)) do
    seen = seen + 1
    if string.match(member, '^%d+:(.*)$') == who.id then
      return wanted
    end
    wanted = wanted + tonumber(string.match(member, '^%d+'))
    if wanted > enough then
      break
    end
  end
  if wanted <= enough and seen < WALKED then
    return wanted
  end
  return math.max(wanted, cost * redis.call('ZCOUNT', line, '-inf', before))
end

local function take_place(who, line, cost)
  local member = cost .. ':' .. who.id
  redis.call('ZADD', line, who.asked, member)
  redis.call('PEXPIRE', line, 86400000)
  local place = line .. '|' .. member
  if who.place and who.place ~= place then
    leave_place(who.place)
  end
  who.place = place
end

-- The units that those of our own line will want who were called before us and are still on their way to the gate.
local function on_their_way(who, room, cost, now)
  if not who.line or room >= CALLED_AT_ONCE * cost then
    return 0
  end
  return cost * redis.call('ZCOUNT', who.line .. ':called', now - RUNG_MS, '(' .. who.asked)
end

-- How long one budget makes this call wait; nil when it has room. `held` is what stands under a fixed budget's key.
local function budget_wait(charge, held, passage, moment, who)
  local rolling, cost = charge[2], charge[6]
  local room, state, later, later_ms, taken, seats
  local urgent = passage.lane == 'cancels'
  if rolling == 1 then
    room, taken, seats = rolling_room(charge, moment, urgent)
  else
    state = fixed_read(held, moment.exchange, charge[5])
    room, later, later_ms = fixed_room(charge, state, moment, urgent)
  end
  local line, wanted = nil, 0
  if who and (who.others or cost > room) then
    line = charge[1] .. ':line:' .. passage.lane
  end
  if who and who.others then
    wanted = ahead(line, who, math.max(room - cost, 0), cost, moment.now)
  end
  if wanted + cost <= room then
    if who and wanted + cost + on_their_way(who, room, cost, moment.now) > room then
      return SHORTLY_MS, state
    end
    return nil, state
  elseif charge[7] == 1 then
    return -1, state
  end
  local wait
  if rolling == 1 then
    wait = rolling_wait(charge, moment, wanted + math.min(cost, seats), taken, seats)
  else
    wait = fixed_wait(charge, state, moment, wanted + math.min(cost, charge[4]), later, later_ms)
  end
  if who and not who.passing then
    take_place(who, line, cost)
  end
  return math.max(wait, 1), state
end

-- A call that was refused by a budget was neither the probe nor one of the few after a ban.
local function note_passed(passage, thawing, probes, now)
  if thawing then
    redis.call('INCR', thawing)
    redis.call('PEXPIRE', thawing, THAW_MS)
  end
  if probes then
    redis.call('HSET', passage.breaker, 'probing', string.format('%d', now + PROBE_MS))
  end
end

-- Returns nil and the grant's mark when let through; else the reason, after how many ms asking again can succeed
-- (-1: never), and a detail. `who` is {id, asked, place, line, commands, passing} of a command, or nil;
-- who is only passing by takes no place.
local function gate_enter(passage, now, who)
  local watchful = anything_before(passage, who)
  local order = watchful and halted(passage)
  if order then
    return 'halted', -1, order
  end
  local strings = strings_of(passage)
  local left, thawing
  if strings[1] or strings[2] then
    left, thawing = ban_left(passage, strings[1], strings[2], now)
  end
  if left then
    return 'banned', left, ''
  end
  local shut, probes
  if watchful then
    shut, probes = breaker_left(passage, now)
  end
  if shut then
    return 'circuit_open', shut, ''
  end
  if who then
    who.others = watchful
  end
  local moment, mark = moment_of(passage, now), string.format('%.3f', now)
  moment.mark = tonumber(mark)
  local charges, kept = passage.charges, {}
  for i = 1, #charges do
    local charge, held = charges[i], strings[i + 2]
    local fixed = charge[2] == 0 and held and not watchful and fixed_plenty(charge, held, moment)
    if not fixed then
      local wait, state = budget_wait(charge, held, passage, moment, who)
      if wait then
        return wait < 0 and 'guard' or 'rate_limited', wait, wait < 0 and charge[1] or ''
      end
      fixed = state and fixed_take(charge, moment, state)
    end
    if fixed then
      kept[#kept + 1] = charge[1]
      kept[#kept + 1] = fixed
    end
  end
  keep_fixed(kept)
  for i = 1, #charges do
    if charges[i][2] == 1 then
      rolling_take(charges[i], moment, mark)
    end
  end
  if thawing or probes then
    note_passed(passage, thawing, probes, now)
  end
  return nil, mark
end

local function breaker_event(report, what, now)
  local events, way = unpack(read_end(report))
  local detail = cjson.encode({ breaker = way, state = what })
  redis.call('XADD', events, 'MAXLEN', '~', 100000, '*', 'id', '', 'state', what, 'detail', detail, 'by', '')
end

local function learn_health(report, granted, now)
  local opened, cool_down = unpack(redis.call('HMGET', report.breaker, 'opened', 'cool_down'))
  if report.healthy == 1 then
    redis.call('DEL', report.breaker)
    if opened then
      breaker_event(report, 'breaker_closed', now)
    end
    return
  end
  local failures = redis.call('HINCRBY', report.breaker, 'failures', 1)
  redis.call('PEXPIRE', report.breaker, 3600000)
  if failures < OPENS_AFTER then
    return
  end
  if opened and (granted < tonumber(opened) or now < tonumber(opened) + tonumber(cool_down)) then
    return -- it was under way when the breaker opened, or passed by since: no probe
  end
  local pause = opened and math.min(2 * tonumber(cool_down), LONGEST_COOL_DOWN_MS) or COOL_DOWN_MS
  redis.call(
    'HSET', report.breaker, 'opened', string.format('%d', now), 'probing', 0, 'cool_down', pause
  )
  if not opened then
    breaker_event(report, 'breaker_open', now)
  end
end

-- A report is a passage and what its call taught: -1 stands where nothing is known.
local function gate_report(report, now)
  local moment = moment_of(report, now)
  local call = { mark = report.mark, granted = tonumber(report.mark), sent = report.sent }
  if report.answered_ms_ago >= 0 then
    call.answered = now - report.answered_ms_ago
  end
  local strings = strings_of(report)
  local charges, kept = report.charges, {}
  for i = 1, #charges do
    if charges[i][2] == 1 then
      rolling_settle(charges[i], moment, call, report.told[i])
    else
      fixed_settle(charges[i], strings[i + 2], moment, call, report.told[i], kept)
    end
  end
  keep_fixed(kept)
  if report.banned_for_ms > 0 and now + report.banned_for_ms > tonumber(redis.call('GET', report.ban) or 0) then
    local till = string.format('%d', now + report.banned_for_ms)
    redis.call('SET', report.ban, till, 'PX', report.banned_for_ms)
    redis.call('SET', report.thaw, till, 'PX', report.banned_for_ms + THAW_MS)
  end
  if report.healthy == 0 or (report.healthy == 1 and redis.call('EXISTS', report.breaker) == 1) then
    learn_health(report, call.granted, now)
  end
end
