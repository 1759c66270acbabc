-- Moves the horizon of a shard on to that of all, if all that was counted by then is counted here.
-- What each key and field holds: see REDIS.md.
-- KEYS: markers, horizon, checks, timers and outbox of the shard.
-- ARGV: the horizon of all, {scored partition, marker} of all as msgpack.
-- A shard that has lost counts is behind: it closes nothing until they are counted again.
-- Returns the shard's horizon, and how much of it is to be judged, closed or sent.
local MARK = {partition = 1, marker = 2}
local SECOND, MINUTE = 1000, 60000
local markers, horizon, checks, timers, outbox = unpack(KEYS, 1, 5)

local function is_behind()
  for _, mark in ipairs(cmsgpack.unpack(ARGV[2])) do
    local marker = tonumber(redis.call('HGET', markers, mark[MARK.partition]) or -1)
    if marker < mark[MARK.marker] then return true end
  end
  return false
end

local closed, wanted = tonumber(redis.call('GET', horizon) or 0), tonumber(ARGV[1])
if wanted > closed and not is_behind() then
  closed = wanted
  redis.call('SET', horizon, string.format('%.0f', closed))
end
local judged, minutes = math.floor(closed / SECOND), math.floor(closed / MINUTE)
local due = redis.call('ZCOUNT', checks, '-inf', string.format('%.0f', judged))
  + redis.call('ZCOUNT', timers, '-inf', string.format('%.0f', minutes))
  + redis.call('LLEN', outbox)
return {string.format('%.0f', closed), due}
