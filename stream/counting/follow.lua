-- Moves the horizon of shards on to that of all, if all that was counted by then is counted there.
-- What each key and field holds: see REDIS.md.
-- KEYS: markers, horizon, checks and timers of each shard.
-- ARGV: the horizon of all, {scored partition, marker} of all as msgpack.
-- A shard that has lost counts is behind: it closes nothing until they are counted again.
-- Returns of each shard its horizon, and how much of it is to be judged or closed.
local MARK = {partition = 1, marker = 2}
local KEYS_EACH = 4
local SECOND, MINUTE = 1000, 60000
local wanted, marks = tonumber(ARGV[1]), cmsgpack.unpack(ARGV[2])

local function is_behind(markers)
  for _, mark in ipairs(marks) do
    local marker = tonumber(redis.call('HGET', markers, mark[MARK.partition]) or -1)
    if marker < mark[MARK.marker] then return true end
  end
  return false
end

local function follow(markers, horizon, checks, timers)
  local closed = tonumber(redis.call('GET', horizon) or 0)
  if wanted > closed and not is_behind(markers) then
    closed = wanted
    redis.call('SET', horizon, string.format('%.0f', closed))
  end
  local judged, minutes = math.floor(closed / SECOND), math.floor(closed / MINUTE)
  local due = redis.call('ZCOUNT', checks, '-inf', string.format('%.0f', judged))
    + redis.call('ZCOUNT', timers, '-inf', string.format('%.0f', minutes))
  return {string.format('%.0f', closed), due}
end

local found = {}
for at = 1, #KEYS, KEYS_EACH do
  found[#found + 1] = follow(unpack(KEYS, at, at + KEYS_EACH - 1))
end
return found
