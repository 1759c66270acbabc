-- Moves the horizon on to where every source partition that has not ended has come.
-- What each key and field holds: see REDIS.md.
-- KEYS: expected, watermarks, horizon.
-- Returns the horizon. It never goes back: what was closed stays closed.
-- Who is waited for has a watermark: looking from the lowest one up, few are looked at, however many
-- source partitions there are.
local ENDED, PAGE = 0, 16
local expected, watermarks, horizon = unpack(KEYS, 1, 3)

local function lowest_expected()
  local start, found = 0, nil
  repeat
    found = redis.call('ZRANGE', watermarks, start, start + PAGE - 1, 'WITHSCORES')
    for i = 1, #found, 2 do
      local until_then = tonumber(redis.call('ZSCORE', expected, found[i]) or ENDED)
      if until_then > ENDED then return tonumber(found[i + 1]) end
    end
    start = start + PAGE
  until #found == 0
end

local closed = tonumber(redis.call('GET', horizon) or 0)
local lowest = lowest_expected()
if not lowest or lowest <= closed then return closed end
redis.call('SET', horizon, string.format('%.0f', lowest))
return lowest
