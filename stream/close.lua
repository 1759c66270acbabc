-- Writes what closing one window key came to, with its alerts, if nobody closed it meanwhile.
-- KEYS: the key's hash, its shard's timers, its shard's outbox, the watermarks.
-- ARGV: the window key, closed as read, version as read, closed now, detection state,
--   next timer or '', number of fields to drop, the fields, then outbox entries.
-- Returns 1 when written, 0 when another worker was first, or has read since: it will be.
local hash, timers, outbox, watermarks = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local MINUTE = 60000

-- Redis may have lost data since the watermark was read: what it holds now is not complete till then.
local lowest = redis.call('ZRANGE', watermarks, 0, 0, 'WITHSCORES')[2]
if not lowest or tonumber(lowest) < tonumber(ARGV[4]) * MINUTE then return 0 end

if (redis.call('HGET', hash, 'c') or '') ~= ARGV[2] then return 0 end

-- Set by documents that came since the latest read.
local pending = tonumber(redis.call('HGET', hash, 'p'))
local unchanged = redis.call('HGET', hash, 'v') == ARGV[3]
if not unchanged and not pending then return 0 end

redis.call('HSET', hash, 'c', ARGV[4], 's', ARGV[5])
local drops = tonumber(ARGV[7])
for i = 8, 7 + drops do redis.call('HDEL', hash, ARGV[i]) end
for i = 8 + drops, #ARGV do redis.call('RPUSH', outbox, ARGV[i]) end

local timer = tonumber(ARGV[6])
if unchanged then
  redis.call('HDEL', hash, 'd')
else
  -- Their timer stands; and those of a minute that was still open when they came, and is closed
  -- now, change what is emitted.
  if not timer or pending < timer then timer = pending end
  if pending <= tonumber(ARGV[4]) then
    local dirty = tonumber(redis.call('HGET', hash, 'd') or pending - 1)
    redis.call('HSET', hash, 'd', string.format('%.0f', math.min(dirty, pending - 1)))
  end
end
if timer then
  redis.call('ZADD', timers, string.format('%.0f', timer), ARGV[1])
else
  redis.call('ZREM', timers, ARGV[1])
end
return 1
