-- What the gate is handed, as router/gate_papers.py packs it. A text is its length in two bytes and itself, any other
-- value a double.
-- A passage: lane, halted, ban, thaw, breaker (keys), read, ignores_breaker (1/0), offset, guard, lead (ms, see
-- budgets.lua), how many halts, how many charges, these {key, rolling, limit, ceiling, window_ms, cost, refuses}; at its
-- end, which few calls need, events (key), way and the names of halts to look for.
-- A report has in front of that end: mark, sent, answered_ms_ago, banned_for_ms, healthy, and what was told per charge
-- {used, given_back, exhausted}.

local PASSAGE, CHARGE, REPORT = '<Hc0Hc0Hc0Hc0Hc0ddddddd', '<Hc0dddddd', '<Hc0dddd'
local TOLD, TEXT = '<ddd', '<Hc0'

local function read_passage(packed)
  local lane, halted, ban, thaw, breaker, read, ignores, offset, guard, lead, halts, count, at =
    struct.unpack(PASSAGE, packed)
  local charges = {}
  for place = 1, count do
    local charge = { struct.unpack(CHARGE, packed, at) }
    charges[place], at = charge, charge[8]
  end
  return {
    packed = packed, rest = at, lane = lane, halted = halted, ban = ban, thaw = thaw, breaker = breaker, read = read == 1,
    ignores_breaker = ignores == 1, offset = offset, guard = guard, lead = lead, halts = halts, charges = charges,
  }
end

local function mark_of(passage)
  return (struct.unpack(TEXT, passage.packed, passage.rest))
end

-- A passage becomes the report that it is.
local function read_report(passage)
  local told, at = {}, nil
  passage.mark, passage.sent, passage.answered_ms_ago, passage.banned_for_ms, passage.healthy, at =
    struct.unpack(REPORT, passage.packed, passage.rest)
  for place = 1, #passage.charges do
    local used, given_back, exhausted
    used, given_back, exhausted, at = struct.unpack(TOLD, passage.packed, at)
    told[place] = { used = used, given_back = given_back, exhausted = exhausted == 1 }
  end
  passage.sent, passage.told, passage.rest = passage.sent == 1, told, at
  return passage
end

-- The events' key, the way, and the names of halts.
local function read_end(passage)
  local texts, at = {}, passage.rest
  for place = 1, passage.halts + 2 do
    texts[place], at = struct.unpack(TEXT, passage.packed, at)
  end
  return texts
end
