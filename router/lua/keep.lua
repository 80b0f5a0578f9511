-- Keep the answer of a read.
-- uses: snapshots
-- KEYS: snapshot
-- ARGV: place (JSON, see snapshots.lua), document (JSON)
-- Returns {1} when kept, {0} when a younger one is there
return { keep_snapshot(KEYS[1], cjson.decode(ARGV[1]), ARGV[2]) and 1 or 0 }
