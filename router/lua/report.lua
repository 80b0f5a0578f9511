-- Tell the gate what a call taught.
-- uses: lines, budgets, rolling, papers, gate
-- ARGV: report (see papers.lua)
gate_report(read_report(read_passage(ARGV[1])), exact_now())
