-- The last answer of a read, kept with the moment it is of: {"as_of_ms": ..., "source": ..., "document": ...}, a STRING.
-- Of balances, what is different from the last ones goes to the stream of changes, asset by asset.

local CHANGES_KEPT = 100000

local function assets_of(document)
  local found = {}
  if document then
    for _, balance in ipairs(cjson.decode(document).balances) do
      found[balance.asset] = balance
    end
  end
  return found
end

local function tell_change(stream, place, asset, before, after, as_of)
  redis.call(
    'XADD', stream, 'MAXLEN', '~', CHANGES_KEPT, '*', 'exchange', place.exchange, 'account', place.account,
    'what', place.what, 'asset', asset, 'free', after and after.free or '0', 'locked', after and after.locked or '0',
    'before_free', before and before.free or '', 'before_locked', before and before.locked or '', 'as_of_ms', as_of
  )
end

-- Of an account's first answer it is not known what was before.
local function tell_changes(stream, place, before, document, as_of)
  local earlier, later = assets_of(before), assets_of(document)
  local none = before and { free = '0', locked = '0' } or nil
  for asset, after in pairs(later) do
    local was = earlier[asset]
    if not was or was.free ~= after.free or was.locked ~= after.locked then
      tell_change(stream, place, asset, was or none, after, as_of)
    end
  end
  for asset, was in pairs(earlier) do
    if not later[asset] then
      tell_change(stream, place, asset, was, nil, as_of)
    end
  end
end

local function balances_in(document)
  return string.match(document, '"balances":%[.*$')
end

-- `place` is {exchange, account, what, as_of (ms of this server's clock), source, life (ms), changes (stream or '')}.
-- An answer that is older than the one that is kept came late, and changes nothing.
local function keep_snapshot(key, place, document)
  local kept = redis.call('GET', key)
  local known, before
  if kept then
    known, before = string.match(kept, '^{"as_of_ms":(%d+),"source":"[^"]*","document":(.*)}$')
  end
  if known and tonumber(known) > place.as_of then
    return false
  end
  local as_of = string.format('%d', place.as_of)
  redis.call(
    'SET', key, '{"as_of_ms":' .. as_of .. ',"source":"' .. place.source .. '","document":' .. document .. '}',
    'PX', place.life
  )
  if place.changes ~= '' and (not before or balances_in(before) ~= balances_in(document)) then
    tell_changes(place.changes, place, before, document, as_of)
  end
  return true
end
