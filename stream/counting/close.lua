-- Writes that windows of several keys of one shard were emitted, of each if nobody wrote so meanwhile.
-- What each key and field holds: see REDIS.md.
-- KEYS: the shard's timers, its horizon, then the hash of each window key.
-- ARGV: for each, the sums of its hours as msgpack, and a msgpack row: the window key; its version, and
--   the minute it was closed until, as they were read; the minute it is closed until now; the next timer,
--   or false when nothing is left of the key; the hours whose minutes are dropped.
-- Returns how many were written. Not one that another worker closed meanwhile, that has expired, or
--   when Redis has lost the horizon that this goes by.
local timers, horizon = KEYS[1], KEYS[2]
local FIRST_HASH = 3
local MINUTE = 60000

local horizon_at = tonumber(redis.call('GET', horizon) or 0)

local function whole(number) return string.format('%.0f', number) end

local function drop_hours(hash, hours)
  local dropped = {}
  for _, hour in ipairs(hours) do
    redis.call('HDEL', hash, 'hour:' .. whole(hour))
    dropped[hour] = true
  end
  local kept = {}
  for _, hour in ipairs(cmsgpack.unpack(redis.call('HGET', hash, 'held'))) do
    if not dropped[hour] then kept[#kept + 1] = hour end
  end
  redis.call('HSET', hash, 'held', cmsgpack.pack(kept))
end

local function close(hash, key, read_version, read_until, closing_until, next_timer, dropped, hours)
  local version, closed_until = unpack(redis.call('HMGET', hash, 'version', 'closed_until'))
  if not version then
    redis.call('ZREM', timers, key)
    return 0
  end
  if horizon_at < closing_until * MINUTE then return 0 end
  if tonumber(closed_until) ~= read_until then return 0 end

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
  if #dropped > 0 then drop_hours(hash, dropped) end
  redis.call('ZADD', timers, whole(next_timer), key)
  return 1
end

local closed = 0
for i = FIRST_HASH, #KEYS do
  local at = 2 * (i - FIRST_HASH) + 1
  local row = cmsgpack.unpack(ARGV[at + 1])
  row[7] = ARGV[at]
  closed = closed + close(KEYS[i], unpack(row, 1, 7))
end
return closed
