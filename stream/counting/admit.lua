-- Makes sure that the documents of a batch may be counted, before any slot counts them.
-- What each key and field holds: see REDIS.md.
-- KEYS: horizon, expected, watermarks.
-- ARGV: the earliest second of the documents; as msgpack, their sources.
-- Windows that wait for no source of them wait for it from here on, until its end is counted: else
-- they could be closed between the counting of one shard and that of the next.
-- Returns an error that begins with CLOSED, and the horizon, when a document lies before it.
local WAITED = '1'
local SECOND = 1000
local horizon, expected, watermarks = unpack(KEYS, 1, 3)

local closed = tonumber(redis.call('GET', horizon) or 0)
if (tonumber(ARGV[1]) + 1) * SECOND <= closed then
  return redis.error_reply('CLOSED ' .. string.format('%.0f', closed))
end
for _, source in ipairs(cmsgpack.unpack(ARGV[2])) do
  redis.call('ZADD', expected, 'GT', WAITED, source)
  redis.call('ZADD', watermarks, 'NX', string.format('%.0f', closed), source)
end
