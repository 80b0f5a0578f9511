-- Let one call through the gate that belongs to no journalled command (look-ups, clock reads, warm-ups).
-- uses: lines, budgets, rolling, papers, gate
-- ARGV: passage (see papers.lua)
-- Returns {'', mark} when let through, else {reason, wait_ms (-1 for never), detail}
local reason, wait, detail = gate_enter(read_passage(ARGV[1]), exact_now(), nil)
if reason then
  return { reason, string.format('%.3f', wait), detail }
end
return { '', wait }
