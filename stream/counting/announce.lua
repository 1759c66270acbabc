-- Makes windows wait for source partitions, for a while.
-- What each key and field holds: see REDIS.md.
-- KEYS: expected, watermarks, begins, horizon.
-- ARGV: until when they are expected; as msgpack, the sources that are; and {source, is_new_topic} of
--   those that were not expected before.
-- One that is behind the horizon goes on from there: what was closed without it stays closed.
-- Returns how many those are.
local JOINING = {source = 1, is_new_topic = 2}
local expected, watermarks, begins, horizon = unpack(KEYS, 1, 4)
local until_then = ARGV[1]
local sources, joining = cmsgpack.unpack(ARGV[2]), cmsgpack.unpack(ARGV[3])

local closed = tonumber(redis.call('GET', horizon) or 0)
local at_horizon = string.format('%.0f', closed)
for _, one in ipairs(joining) do
  local source = one[JOINING.source]
  local own = tonumber(redis.call('ZSCORE', watermarks, source) or 0)
  if one[JOINING.is_new_topic] and own < closed then
    redis.call('ZADD', begins, 'GT', at_horizon, source)
  end
  redis.call('ZADD', watermarks, 'GT', at_horizon, source)
end
for _, source in ipairs(sources) do redis.call('ZADD', expected, 'GT', until_then, source) end
return #joining
