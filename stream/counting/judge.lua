-- Writes what judging one window key came to, with its alerts, if nobody did so meanwhile.
-- What each key and field holds: see REDIS.md.
-- KEYS: the key's hash for detection, its shard's checks, its shard's outbox, the horizon.
-- ARGV: the window key; its version and its state as they were read, the state '' for none; the second
--   it is judged until; its state now; the next check or ''; how many fields to drop; these fields;
--   how many cells to write; the field and value of each; then the outbox entries.
-- Returns 1 when written. 0 when another worker judged it meanwhile, when it has expired, or when Redis
-- has lost the horizon that this goes by.
local hash, checks, outbox, horizon = unpack(KEYS, 1, 4)
local key, read_version, read_state = unpack(ARGV, 1, 3)
local judged_until, state, next_check = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local SECOND = 1000

local version = redis.call('HGET', hash, 'version')
if not version then
  redis.call('ZREM', checks, key)
  return 0
end
if tonumber(redis.call('GET', horizon) or 0) < judged_until * SECOND then return 0 end
if (redis.call('HGET', hash, 'state') or '') ~= read_state then return 0 end

redis.call('HSET', hash, 'state', state)
local at = 8
for _ = 1, tonumber(ARGV[7]) do
  redis.call('HDEL', hash, ARGV[at])
  at = at + 1
end
local cells = tonumber(ARGV[at])
at = at + 1
for _ = 1, cells do
  redis.call('HSET', hash, ARGV[at], ARGV[at + 1])
  at = at + 2
end
for i = at, #ARGV do redis.call('RPUSH', outbox, ARGV[i]) end
-- Documents that came since are of a second that was not over.
if version ~= read_version then
  next_check = math.min(next_check or judged_until + 1, judged_until + 1)
end
if next_check then
  redis.call('ZADD', checks, string.format('%.0f', next_check), key)
else
  redis.call('ZREM', checks, key)
end
return 1
