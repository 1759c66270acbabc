-- Writes that windows of one key were emitted, if nobody wrote so meanwhile.
-- What each key and field holds: see REDIS.md.
-- KEYS: the key's hash, its shard's timers, the shard's horizon.
-- ARGV: the window key; its version, and the minute it was closed until, as they were read; the minute
--   it is closed until now; the next timer, or '' when nothing is left of the key; the sums of its hours
--   as msgpack; then the hours whose minutes are dropped.
-- Returns 1 when written. 0 when another worker closed it meanwhile, when it has expired, or when Redis
-- has lost the horizon that this goes by.
local hash, timers, horizon = unpack(KEYS, 1, 3)
local key, read_version, read_until = unpack(ARGV, 1, 3)
local closing_until, next_timer, hours = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local FIRST_DROP = 7
local MINUTE = 60000

local function whole(number) return string.format('%.0f', number) end

local function drop_hours()
  local dropped = {}
  for i = FIRST_DROP, #ARGV do
    redis.call('HDEL', hash, 'hour:' .. ARGV[i])
    dropped[tonumber(ARGV[i])] = true
  end
  local kept = {}
  for _, hour in ipairs(cmsgpack.unpack(redis.call('HGET', hash, 'held'))) do
    if not dropped[hour] then kept[#kept + 1] = hour end
  end
  redis.call('HSET', hash, 'held', cmsgpack.pack(kept))
end

local version = redis.call('HGET', hash, 'version')
if not version then
  redis.call('ZREM', timers, key)
  return 0
end
if tonumber(redis.call('GET', horizon) or 0) < closing_until * MINUTE then return 0 end
if redis.call('HGET', hash, 'closed_until') ~= read_until then return 0 end

-- Documents that came since are of a minute that was not over.
if version ~= read_version then
  next_timer = math.min(next_timer or closing_until + 1, closing_until + 1)
end
if not next_timer then
  redis.call('ZREM', timers, key)
  redis.call('UNLINK', hash)
  return 1
end
redis.call('HSET', hash, 'closed_until', whole(closing_until), 'hours', hours)
if #ARGV >= FIRST_DROP then drop_hours() end
redis.call('ZADD', timers, whole(next_timer), key)
return 1
