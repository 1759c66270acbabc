-- What is counted of several window keys of one shard that are due.
-- What each key and field holds: see REDIS.md.
-- KEYS: the hash of each window key.
-- ARGV: for each, the two hours whose minutes are asked for.
-- Returns, for each, the values of version, closed_until, held, hours and the two hours; false for
--   what is not there.
local found = {}
for i, hash in ipairs(KEYS) do
  local first, second = ARGV[2 * i - 1], ARGV[2 * i]
  found[i] = redis.call(
    'HMGET', hash, 'version', 'closed_until', 'held', 'hours', 'hour:' .. first, 'hour:' .. second)
end
return found
