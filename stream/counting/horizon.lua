-- Moves the horizon on to where every source partition that has not ended has come.
-- What each key and field holds: see REDIS.md.
-- KEYS: expected, watermarks, horizon.
-- Returns the horizon. It never goes back: what was closed stays closed.
local ENDED = 0
local expected, watermarks, horizon = unpack(KEYS, 1, 3)

local closed = tonumber(redis.call('GET', horizon) or 0)
local lowest
for _, source in ipairs(redis.call('ZRANGE', expected, '(' .. ENDED, '+inf', 'BYSCORE')) do
  local watermark = tonumber(redis.call('ZSCORE', watermarks, source) or 0)
  lowest = math.min(lowest or watermark, watermark)
end
if not lowest or lowest <= closed then return closed end
redis.call('SET', horizon, string.format('%.0f', lowest))
return lowest
