-- Says which window keys that senders make up may be counted, and remembers those that may.
-- What each key and field holds: see REDIS.md.
-- KEYS: known and new of the shard.
-- ARGV: maximum of new keys of a kind in an hour, maximum of keys, hours after which a key is
--   forgotten; then of each window key its name, its kind, and the hour of its first document.
-- Returns 1 or 0 for each.
local KEY_FIELDS, MAX_HOURS = 3, 256
local known, new = unpack(KEYS, 1, 2)
local max_new, max_keys, forgotten = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function may_be_new(kind, hour)
  if redis.call('ZCARD', known) >= max_keys then
    redis.call('ZREMRANGEBYSCORE', known, '-inf', '(' .. hour - forgotten)
    if redis.call('ZCARD', known) >= max_keys then return false end
  end
  -- A replay goes through many hours: their counts must not pile up.
  if redis.call('HLEN', new) >= MAX_HOURS then redis.call('DEL', new) end
  local field = kind .. ':' .. hour
  if tonumber(redis.call('HGET', new, field) or 0) >= max_new then return false end
  redis.call('HINCRBY', new, field, 1)
  return true
end

local found = {}
for i = 4, #ARGV, KEY_FIELDS do
  local key, kind, hour = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local admitted = redis.call('ZSCORE', known, key) or may_be_new(kind, hour)
  if admitted then redis.call('ZADD', known, 'GT', hour, key) end
  found[#found + 1] = admitted and 1 or 0
end
return found
