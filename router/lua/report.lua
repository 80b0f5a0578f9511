-- Tell the gate what a call taught.
-- uses: lines, budgets, gate
-- ARGV: report (JSON)
gate_report(cjson.decode(ARGV[1]), exact_now())
