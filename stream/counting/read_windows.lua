-- What is counted of several window keys that are due.
-- What each key and field holds: see REDIS.md.
-- KEYS: the hash of each window key.
-- ARGV: of how many hours the minutes are asked for; for each window key, the first of them.
-- Returns, for each, the values of version, closed_until, held, hours and these hours; false for
--   what is not there.
local hours = tonumber(ARGV[1])
local found = {}
for i, hash in ipairs(KEYS) do
  local fields, first = {'version', 'closed_until', 'held', 'hours'}, tonumber(ARGV[i + 1])
  for hour = first, first + hours - 1 do
    fields[#fields + 1] = 'hour:' .. string.format('%.0f', hour)
  end
  found[i] = redis.call('HMGET', hash, unpack(fields))
end
return found
