-- Writes what judging one window key came to, with its alerts, if nobody did so meanwhile.
-- What each key and field holds: see REDIS.md.
-- KEYS: the key's hash for detection, its shard's checks, its shard's transitions, the horizon; then
--   the hash of each minute that was pending.
-- ARGV: time to live in seconds; the window key; its state as it was read, '' for none; the second it
--   is judged until; its state now; the second at which it wakes without documents, or ''; of each
--   pending minute the minute, its version as it was read, and its next check or ''; how many fields
--   to drop; these fields; how many cells to write; the field and value of each; then the second and
--   the record of each alert.
-- Returns 1 when written. 0 when another worker judged it meanwhile, when its state has expired, or
-- when Redis has lost the horizon that this goes by.
local FIRST_PENDING = 5
local SECOND = 1000
local hash, checks, transitions, horizon = unpack(KEYS, 1, 4)
local seconds_to_live, key, read_state = unpack(ARGV, 1, 3)
local judged_until, state, wake = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local at = 7

local function next_argument()
  at = at + 1
  return ARGV[at - 1]
end

local function set_check(member, second)
  if second then
    redis.call('ZADD', checks, string.format('%.0f', second), member)
  else
    redis.call('ZREM', checks, member)
  end
end

local function finish(pending)
  local minute, read_version, next_check = next_argument(), next_argument(), tonumber(next_argument())
  -- Documents that came since are of a second that was not over.
  if (redis.call('HGET', pending, 'version') or '') ~= read_version then
    next_check = math.min(next_check or judged_until + 1, judged_until + 1)
  end
  if not next_check then redis.call('UNLINK', pending) end
  set_check(minute .. ':' .. key, next_check)
end

if tonumber(redis.call('GET', horizon) or 0) < judged_until * SECOND then return 0 end
if (redis.call('HGET', hash, 'state') or '') ~= read_state then return 0 end

if state ~= '' then
  redis.call('HSET', hash, 'state', state)
  redis.call('EXPIRE', hash, seconds_to_live)
end
set_check(':' .. key, wake)
for i = FIRST_PENDING, #KEYS do finish(KEYS[i]) end
for _ = 1, tonumber(next_argument()) do redis.call('HDEL', hash, next_argument()) end
for _ = 1, tonumber(next_argument()) do
  local field, cell = next_argument(), next_argument()
  redis.call('HSET', hash, field, cell)
end
for i = at, #ARGV, 2 do redis.call('ZADD', transitions, ARGV[i], ARGV[i + 1]) end
return 1
