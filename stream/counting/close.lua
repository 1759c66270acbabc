-- Writes what closing one window key came to, with its alerts, if nobody closed it meanwhile.
-- KEYS: the key's hash, its shard's timers, its shard's outbox, the watermarks.
-- ARGV: the window key, closed, version and reading as read, closed now, detection state,
--   next timer or '', grace in minutes, number of fields to drop, the fields, then outbox entries.
-- Returns 1 when written, 0 when another worker was first, or has read since: it will be; and 0
--   when the key has expired.
local hash, timers, outbox, watermarks = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local MINUTE = 60000
local closed = redis.call('HGET', hash, 'c') or ''
-- Set by documents that came since the latest read.
local pending = tonumber(redis.call('HGET', hash, 'p'))
local version = redis.call('HGET', hash, 'v')
local unchanged = version == ARGV[3]
local whole = function(number) return string.format('%.0f', number) end

local function lower(field, number)
  local stored = tonumber(redis.call('HGET', hash, field) or number)
  redis.call('HSET', hash, field, whole(math.min(stored, number)))
end

-- Our windows lack documents and may have come after those of the other worker, which hold them.
-- So all that late documents can have changed is emitted again, as if one more had come.
local function emit_again()
  local until_minute = math.max(tonumber(closed) or 0, tonumber(ARGV[5]))
  local first = until_minute - tonumber(ARGV[8])
  lower('d', first)
  lower('p', first + 1)
  redis.call('HINCRBY', hash, 'v', 1)
  redis.call('ZADD', timers, 'LT', whole(first + 1), ARGV[1])
end

-- It expired while its timer stood: the reading is all there is of it, and would be due for ever.
if not version then
  redis.call('DEL', hash)
  redis.call('ZREM', timers, ARGV[1])
  return 0
end

-- Another may have closed it until the same minute: that somebody read it since tells.
local latest = redis.call('HGET', hash, 'r') == ARGV[4] and pending
if closed ~= ARGV[2] or not (unchanged or latest) then
  if not unchanged then emit_again() end
  return 0
end

-- Redis may have lost data since the watermark was read: what it holds now is not complete till then.
local lowest = redis.call('ZRANGE', watermarks, 0, 0, 'WITHSCORES')[2]
if not lowest or tonumber(lowest) < tonumber(ARGV[5]) * MINUTE then return 0 end

redis.call('HSET', hash, 'c', ARGV[5], 's', ARGV[6])
local drops = tonumber(ARGV[9])
for i = 10, 9 + drops do redis.call('HDEL', hash, ARGV[i]) end
for i = 10 + drops, #ARGV do redis.call('RPUSH', outbox, ARGV[i]) end

local timer = tonumber(ARGV[7])
if unchanged then
  redis.call('HDEL', hash, 'd')
else
  -- Their timer stands; and those of a minute that was still open when they came, and is closed
  -- now, change what is emitted.
  if not timer or pending < timer then timer = pending end
  if pending <= tonumber(ARGV[5]) then lower('d', pending - 1) end
end
if timer then
  redis.call('ZADD', timers, whole(timer), ARGV[1])
else
  redis.call('ZREM', timers, ARGV[1])
end
return 1
