-- Writes what closing one window key came to, with its alerts, if nobody closed it meanwhile.
-- What each key and field holds: see REDIS.md.
-- KEYS: the key's hash, its shard's timers, its shard's outbox, the watermarks.
-- ARGV: the window key; closed_until, version and reads as they were read; closed until now;
--   detection state; next timer or ''; grace in minutes; how many fields to drop; these fields;
--   then the outbox entries.
-- Returns 1 when written, 0 when another worker was first, or has read since: it will be; and 0
--   when the key has expired.
local hash, timers, outbox, watermarks = unpack(KEYS, 1, 4)
local key, read_closed_until, read_version, read_count = unpack(ARGV, 1, 4)
local closing_until, state, next_timer = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])
local grace, drops = tonumber(ARGV[8]), tonumber(ARGV[9])
local FIRST_DROP = 10
local MINUTE = 60000

local closed_until = redis.call('HGET', hash, 'closed_until') or ''
-- Set by documents that came since the latest read.
local unread_timer = tonumber(redis.call('HGET', hash, 'unread_timer'))
local version = redis.call('HGET', hash, 'version')
local unchanged = version == read_version

local function whole(number) return string.format('%.0f', number) end

local function lower(field, number)
  local stored = tonumber(redis.call('HGET', hash, field) or number)
  redis.call('HSET', hash, field, whole(math.min(stored, number)))
end

-- Our windows lack documents and may have come after those of the other worker, which hold them.
-- So all that late documents can have changed is emitted again, as if one more had come.
local function emit_again()
  local first = math.max(tonumber(closed_until) or 0, closing_until) - grace
  lower('dirty_from', first)
  lower('unread_timer', first + 1)
  redis.call('HINCRBY', hash, 'version', 1)
  redis.call('ZADD', timers, 'LT', whole(first + 1), key)
end

-- It expired while its timer stood: the count of reads is all there is of it, and would be due for
-- ever.
if not version then
  redis.call('DEL', hash)
  redis.call('ZREM', timers, key)
  return 0
end

-- Another worker may have closed it up to the same minute: a higher `reads` shows that.
local is_latest_reader = redis.call('HGET', hash, 'reads') == read_count and unread_timer
if closed_until ~= read_closed_until or not (unchanged or is_latest_reader) then
  if not unchanged then emit_again() end
  return 0
end

-- Redis may have lost data since the watermark was read: what it holds now is not complete till then.
local lowest = redis.call('ZRANGE', watermarks, 0, 0, 'WITHSCORES')[2]
if not lowest or tonumber(lowest) < closing_until * MINUTE then return 0 end

redis.call('HSET', hash, 'closed_until', whole(closing_until), 'state', state)
for i = FIRST_DROP, FIRST_DROP + drops - 1 do redis.call('HDEL', hash, ARGV[i]) end
for i = FIRST_DROP + drops, #ARGV do redis.call('RPUSH', outbox, ARGV[i]) end

local timer = next_timer
if unchanged then
  redis.call('HDEL', hash, 'dirty_from')
else
  -- Their timer stands; and those of a minute that was still open when they came, and is closed
  -- now, change what is emitted.
  if not timer or unread_timer < timer then timer = unread_timer end
  if unread_timer <= closing_until then lower('dirty_from', unread_timer - 1) end
end
if timer then
  redis.call('ZADD', timers, whole(timer), key)
else
  redis.call('ZREM', timers, key)
end
return 1
