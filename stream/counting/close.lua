-- Writes that windows of several keys were emitted, of each if nobody wrote so meanwhile.
-- What each key and field holds: see REDIS.md.
-- KEYS: for each window key its shard's timers, its shard's horizon, and its hash.
-- ARGV: for each, the sums of its hours as msgpack, and a msgpack row: the window key; its version, and
--   the minute it was closed until, as they were read; the minute it is closed until now; the next timer,
--   or false when nothing is left of the key; the hours whose minutes are dropped.
-- Returns how many were written. Not one that another worker closed meanwhile, that has expired, or
--   when Redis has lost the horizon that this goes by.
local KEYS_EACH, ARGUMENTS_EACH = 3, 2
local MINUTE = 60000

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

local function close(keys, hours, row)
  local timers, horizon, hash = unpack(keys)
  local key, read_version, read_until, closing_until, next_timer, dropped = unpack(row, 1, 6)
  local version, closed_until = unpack(redis.call('HMGET', hash, 'version', 'closed_until'))
  if not version then
    redis.call('ZREM', timers, key)
    return 0
  end
  if tonumber(redis.call('GET', horizon) or 0) < closing_until * MINUTE then return 0 end
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
for i = 0, #KEYS / KEYS_EACH - 1 do
  local key, argument = i * KEYS_EACH + 1, i * ARGUMENTS_EACH + 1
  local hours, row = unpack(ARGV, argument, argument + 1)
  closed = closed + close({unpack(KEYS, key, key + KEYS_EACH - 1)}, hours, cmsgpack.unpack(row))
end
return closed
