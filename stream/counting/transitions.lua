-- Reads the alerts of shards that are not taken in yet, and up to when there are no others.
-- What each key and field holds: see REDIS.md.
-- KEYS: horizon, checks and transitions of each shard.
-- ARGV: the second until which all is taken in; how many alerts to read of each shard, and more only
--   of the last one's second; how many to keep of those that were taken in.
-- Returns of each shard the second until which all of its alerts are known and given, and these.
local KEYS_EACH, SECOND = 3, 1000
local taken, limit, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function judged_until(horizon, checks)
  local judged = math.floor(tonumber(redis.call('GET', horizon) or 0) / SECOND)
  local due = redis.call('ZRANGE', checks, 0, 0, 'WITHSCORES')[2]
  -- What is judged at a second may raise an alert of that second, and of no earlier one.
  return due and math.min(judged, tonumber(due) - 1) or judged
end

local function read(horizon, checks, transitions)
  local beyond = redis.call('ZCOUNT', transitions, '-inf', taken) - kept
  if beyond > 0 then redis.call('ZREMRANGEBYRANK', transitions, 0, beyond - 1) end
  local known, new = judged_until(horizon, checks), string.format('(%.0f', taken)
  local range = {new, '+inf', 'BYSCORE', 'LIMIT', limit - 1, 1, 'WITHSCORES'}
  local last = redis.call('ZRANGE', transitions, unpack(range))[2]
  if last then known = math.min(known, tonumber(last)) end
  local found = redis.call('ZRANGE', transitions, new, string.format('%.0f', known), 'BYSCORE')
  return {string.format('%.0f', known), found}
end

local found = {}
for at = 1, #KEYS, KEYS_EACH do
  found[#found + 1] = read(unpack(KEYS, at, at + KEYS_EACH - 1))
end
return found
