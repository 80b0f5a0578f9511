-- Budgets: how much of an exchange's limit is used, counted as the exchange counts it. Times are ms, to the microsecond.
-- A charge is {key, rolling (1/0), limit, ceiling, window_ms, cost, refuses (1/0)}. A moment is {now, arrives, exchange,
-- guard, lead, mark}: `arrives` is when a call that leaves now can be there at the earliest, `exchange` the same on the
-- exchange's clock, which is known to within `guard`.
--
-- A fixed budget is a STRING of ten doubles (a tenth of a HASH's cost): `window` its number, `used` by everybody, `own`
-- by us, `flying` granted but not answered yet, `lost` those of them that will get no answer but may arrive, `carried`
-- what was flying in the window before, `previous` used in that, `foreign` what others are expected to take, `scouted`
-- the last window near whose end the exchange's count was seen exactly, `solo` the mark of the only call under way.
-- A rolling budget is a ZSET of single units scored by when they leave the window, and kept a little longer;
-- `<key>:others` the same for what somebody else used, `<key>:foreign` how much that was lately and when,
-- `<key>:looked` when a unit was left free to see.

local PACKED = '<dddddddddd'
local UNANSWERED_MS = 15000 -- longer than any call may take
local SEEN_AS_ONE_MS = 300000 -- longer windows leave no room for others in advance
local SCOUT_MS = 20
-- Whoever always fills a window to the brim never sees that others are turned away. So now and then one unit is left
-- free: in every sixth fixed window until its end; in every twentieth rolling one, and in every fifth one more than is
-- left to others already.
local LOOKS_EVERY_FIXED, LOOKS_EVERY_ROLLING, LOOKS_AGAIN, WORTH_A_LOOK = 6, 20, 5, 10
local FORGETS_AFTER = 10 -- windows in which no more was seen of others: then one unit less is left to them
local LOOK = 'look' -- the unit that nobody may take
local SPARE_MS = 2 -- for what no bound covers, such as an exchange that counts in whole ms
local REMEMBERED_MS = 1000 -- an answer tells the count of a moment that is past

local function tail_of(window_ms)
  return math.max(window_ms / 20, math.min(300, window_ms / 2))
end

local function fixed_read(held, at, window_ms)
  local number, known = math.floor(at / window_ms), nil
  local used, own, flying, carried, previous, foreign, scouted, solo, lost = 0, 0, 0, 0, 0, 0, -9, 0, 0
  if held then
    known, used, own, flying, carried, previous, foreign, scouted, solo, lost = struct.unpack(PACKED, held)
  end
  if known == number or known == number + 1 then -- or a worker whose clock is ahead of ours has turned it already
    number = known
  elseif known == number - 1 then -- what has no answer yet may be counted in either window
    used, own, flying, carried, previous, solo, lost = flying, flying, 0, flying, used, 0, 0
    foreign = scouted == known and foreign or math.floor(foreign * 0.75)
  elseif known then
    used, own, flying, carried, previous, foreign, scouted, solo, lost = 0, 0, 0, 0, 0, 0, -9, 0, 0
  end
  return {
    window = number, used = used, own = own, flying = flying, lost = lost, carried = carried, previous = previous,
    foreign = foreign, scouted = scouted, solo = solo,
  }
end

-- Adds a state to what is `kept`, to be written with all others of the call. No expiry: there are a few such budgets
-- per account, and SET with one for each took more time than all that is reckoned here.
local function fixed_write(kept, key, state)
  kept[#kept + 1] = key
  kept[#kept + 1] = struct.pack(
    PACKED, state.window, math.max(0, state.used), math.max(0, state.own), math.max(0, state.flying),
    math.max(0, state.carried), state.previous, state.foreign, state.scouted, state.solo, state.lost
  )
end

local function keep_fixed(kept)
  if #kept > 0 then
    redis.call('MSET', unpack(kept))
  end
end

-- How many units this lane may still take now; how many later in this window, and in how many ms that is.
local function fixed_room(charge, state, moment, urgent)
  local limit, ceiling, window_ms, cost = charge[3], charge[4], charge[5], charge[6]
  local into = moment.exchange - state.window * window_ms -- below 0 where another's clock is ahead of ours
  local room, foreign = ceiling - state.used, state.foreign
  if foreign == 0 and limit >= WORTH_A_LOOK and state.window % LOOKS_EVERY_FIXED == 0 then
    foreign = 1
  end
  if into < moment.guard and state.previous + cost > limit then
    return 0, room, moment.guard - into -- it may still be counted in the window before, which is full
  elseif cost > ceiling and state.used == 0 then
    return cost, cost, 0 -- dearer than the whole share: it passes alone, for otherwise it never would
  elseif foreign == 0 or urgent or window_ms > SEEN_AS_ONE_MS then
    return room, room, 0
  end
  local tail = window_ms - tail_of(window_ms)
  local spare = room - math.max(0, foreign - (state.used - state.own))
  if into < tail or (cost <= spare and state.scouted ~= state.window) then
    return spare, room, math.max(tail - into, SCOUT_MS)
  elseif state.scouted == state.window then
    room = room - math.ceil(state.foreign * (window_ms - into) / window_ms)
    return room, room, 0
  end
  return state.flying <= state.lost and math.min(room, cost) or 0, room, SCOUT_MS -- one call alone tells what others have left
end

-- How long a call waits that wants the last of so many `units`, counted from the first of those who asked earlier.
local function fixed_wait(charge, state, moment, units, later, later_ms)
  local ceiling, window_ms = charge[4], charge[5]
  if units <= later then
    return later_ms
  end
  local next_ms = (state.window + 1) * window_ms + moment.guard - moment.exchange
  return next_ms + window_ms * math.floor((units - math.max(later, 0) - 1) / math.max(ceiling, 1))
end

-- A state, as it is written, with a call more.
local function fixed_with(charge, moment, window, used, own, flying, carried, previous, foreign, scouted, lost)
  local window_ms, cost, solo = charge[5], charge[6], 0
  if moment.exchange - window * window_ms < moment.guard then
    previous = previous + cost
  end
  if flying == 0 and (carried == 0 or moment.exchange > (window + 0.5) * window_ms) then
    solo = moment.mark -- what was carried has been answered by the middle of the window
  end
  return struct.pack(
    PACKED, window, used + cost, own + cost, flying + cost, carried, previous, foreign, scouted, solo, lost
  )
end

local function fixed_take(charge, moment, state)
  return fixed_with(
    charge, moment, state.window, state.used, state.own, state.flying, state.carried, state.previous, state.foreign,
    state.scouted, state.lost
  )
end

-- Far from its ceiling a budget has room for whoever comes, whatever others take of it: then it is only counted.
local function fixed_plenty(charge, held, moment)
  local ceiling, window_ms, cost = charge[4], charge[5], charge[6]
  local window, used, own, flying, carried, previous, foreign, scouted, _, lost = struct.unpack(PACKED, held)
  local into = moment.exchange - window * window_ms
  if into < 0 or into >= window_ms or used + foreign + CALLED_AT_ONCE * cost >= ceiling then
    return nil
  elseif into < moment.guard and previous + cost > charge[3] then
    return nil
  end
  return fixed_with(charge, moment, window, used, own, flying, carried, previous, foreign, scouted, lost)
end

-- What others may take in a whole window, by what they took of it so far. Too much is no harm: it is used at the end.
local function expected(taken, limit, moment, window_ms)
  local part = math.max((moment.exchange % window_ms) / window_ms, 0.02)
  return math.ceil(math.max(taken, 1) / part)
end

-- What the exchange told of this window. A count that is told while calls are under way only raises ours.
local function fixed_hear(state, charge, moment, call, told, back)
  local limit, window_ms, cost = charge[3], charge[5], charge[6]
  local taken = math.max(0, told.used - state.own - back) -- what it gives back it may have counted still
  if told.used >= 0 and state.solo == call.granted then
    state.used, state.own = told.used, math.min(state.own, told.used) -- nothing else is under way: it is exact
    if moment.exchange - state.window * window_ms >= window_ms - tail_of(window_ms) then
      state.foreign, state.scouted = taken > 0 and math.ceil(taken * 1.1) + 1 or 0, state.window
    end
  elseif told.used > state.used then
    state.used = told.used
  end
  if told.exhausted then -- somebody else uses it too, and more than what we left
    state.own = state.own - (cost - back)
    state.foreign = math.max(2 * state.foreign, expected(limit - state.own, limit, moment, window_ms))
    state.used, state.scouted = limit, state.window
  elseif taken > 0 then
    state.foreign = math.max(state.foreign, expected(taken, limit, moment, window_ms))
  end
  state.foreign = math.min(state.foreign, math.floor(limit / 2))
end

-- The state after an answer, in the window of its call, that shows nothing of others: most do not.
local function fixed_usual(charge, held, moment, call, told)
  local window_ms, cost = charge[5], charge[6]
  local window, used, own, flying, carried, previous, foreign, scouted, solo, lost = struct.unpack(PACKED, held)
  local begins, ends = window * window_ms, (window + 1) * window_ms
  local arrives, answered = call.granted + moment.offset + moment.lead, call.answered + moment.offset
  if arrives < begins + moment.guard or arrives >= ends or answered + moment.guard >= ends or moment.exchange >= ends then
    return nil
  elseif told.exhausted or told.used > own or solo == call.granted then
    return nil
  end
  local back = math.min(told.given_back, cost)
  return struct.pack(
    PACKED, window, math.max(used - back, told.used, 0), math.max(own - back, 0), math.max(flying - cost, 0), carried,
    previous, foreign, scouted, solo, lost
  )
end

-- What became of a call: `told` is {used, given_back, exhausted} of this budget, -1 where nothing was said.
local function settle_fully(charge, held, moment, call, told, kept)
  local limit, window_ms, cost = charge[3], charge[5], charge[6]
  local state = fixed_read(held, moment.exchange, window_ms)
  local arrives = call.granted + moment.offset + moment.lead
  local granted = math.floor(arrives / window_ms)
  local back = call.sent and math.min(told.given_back, cost) or cost
  local over = call.answered or not call.sent -- or it may yet arrive, in this window or the next
  local in_time = over and (call.answered or moment.now) + moment.offset + moment.guard < (granted + 1) * window_ms
  local early = arrives - granted * window_ms < moment.guard -- it may be counted in the window before
  if granted == state.window then
    state.flying = in_time and state.flying - cost or state.flying
    state.lost = over and state.lost or state.lost + cost
    state.used, state.own = state.used - back, state.own - back
    if in_time and not early then
      fixed_hear(state, charge, moment, call, told, back)
    elseif told.exhausted and early then
      state.previous = limit
    end
  elseif granted == state.window - 1 then
    local arrived_before = call.sent and in_time
    if over then -- what is more than was carried, a clock behind the others' granted: it was counted in this window
      local carried = math.min(state.carried, cost)
      state.carried, state.flying = state.carried - carried, state.flying - (cost - carried)
    end
    if arrived_before or not call.sent or back > 0 then
      local undone = (arrived_before or not call.sent) and cost or back
      state.used, state.own = state.used - undone, state.own - undone
    end
  else
    return
  end
  fixed_write(kept, charge[1], state)
end

local function fixed_settle(charge, held, moment, call, told, kept)
  local usual = held and call.sent and call.answered and fixed_usual(charge, held, moment, call, told)
  if usual then
    kept[#kept + 1] = charge[1]
    kept[#kept + 1] = usual
  else
    settle_fully(charge, held, moment, call, told, kept)
  end
end
