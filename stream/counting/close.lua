-- Writes that the windows of one key were emitted, if nobody wrote so meanwhile.
-- What each key and field holds: see REDIS.md.
-- KEYS: the key's hash, its shard's timers, the horizon.
-- ARGV: the window key; its version as it was read; the minute it is closed until now; the next timer
--   or ''; then the fields to drop.
-- Returns 1 when written. 0 when another worker closed it as far, when it has expired, or when Redis
-- has lost the horizon that this goes by.
local hash, timers, horizon = unpack(KEYS, 1, 3)
local key, read_version = ARGV[1], ARGV[2]
local closing_until, next_timer = tonumber(ARGV[3]), tonumber(ARGV[4])
local FIRST_DROP = 5
local MINUTE = 60000

local version = redis.call('HGET', hash, 'version')
if not version then
  redis.call('ZREM', timers, key)
  return 0
end
if tonumber(redis.call('GET', horizon) or 0) < closing_until * MINUTE then return 0 end
if tonumber(redis.call('HGET', hash, 'closed_until') or -1) >= closing_until then return 0 end

redis.call('HSET', hash, 'closed_until', string.format('%.0f', closing_until))
for i = FIRST_DROP, #ARGV do redis.call('HDEL', hash, ARGV[i]) end
-- Documents that came since are of a minute that was not over.
if version ~= read_version then
  next_timer = math.min(next_timer or closing_until + 1, closing_until + 1)
end
if next_timer then
  redis.call('ZADD', timers, string.format('%.0f', next_timer), key)
else
  redis.call('ZREM', timers, key)
end
return 1
