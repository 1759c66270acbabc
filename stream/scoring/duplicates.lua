-- Looks documents up among the texts of the time to live, in order, and registers the new ones.
-- KEYS: the prefix of all keys.
-- ARGV: time to live in seconds, least similarity of a copy, most hashes in a sketch, then
--   documents as one msgpack array of
--   {id, source, offset, event time in ms, {hashes}, {what finds the text, best first}}
-- Returns for each document false, or {id of the first, copies so far, scores or false}.
-- Keys: <prefix>:k:<what finds a text> the first's id; <prefix>:s:<id> its scores;
-- <prefix>:f:<id> a hash with h packed hashes, t event time, n copies, o:<source> fence.
local prefix, seconds = KEYS[1], tonumber(ARGV[1])
local least, most = tonumber(ARGV[2]), tonumber(ARGV[3])
local documents = cmsgpack.unpack(ARGV[4])

local function whole(number) return string.format('%.0f', number) end
local function finder_key(finder) return prefix .. ':k:' .. finder end
local function first_key(id) return prefix .. ':f:' .. id end
local function scores_key(id) return prefix .. ':s:' .. id end

local function similarity(one, other)
  if one == other then return 1 end
  local a, b = cmsgpack.unpack(one), cmsgpack.unpack(other)
  local limit = (#a == most or #b == most) and most or #a + #b
  local i, j, union, common = 1, 1, 0, 0
  while union < limit and (i <= #a or j <= #b) do
    local x, y = a[i] or math.huge, b[j] or math.huge
    if x == y then common = common + 1 end
    if x <= y then i = i + 1 end
    if y <= x then j = j + 1 end
    union = union + 1
  end
  return common / union
end

local function is_copy(id, at, packed)
  local first = redis.call('HMGET', first_key(id), 'h', 't')
  -- In a replay a day may pass in a second: event time decides, as it did when it was live.
  if not first[1] or math.abs(at - tonumber(first[2])) > seconds * 1000 then return false end
  return similarity(packed, first[1]) >= least
end

local function first_of(at, packed, finders)
  local tried = {}
  for _, finder in ipairs(finders) do
    local id = redis.call('GET', finder_key(finder))
    if id and not tried[id] then
      if is_copy(id, at, packed) then return id end
      tried[id] = true
    end
  end
end

local function register(id, at, packed, finders)
  -- The id may have stood for another text, or for this one long ago.
  redis.call('DEL', first_key(id), scores_key(id))
  redis.call('HSET', first_key(id), 'h', packed, 't', whole(at), 'n', 0)
  redis.call('EXPIRE', first_key(id), seconds)
  for _, finder in ipairs(finders) do
    redis.call('SET', finder_key(finder), id, 'EX', seconds)
  end
end

local function count(id, source, offset)
  local key, fence = first_key(id), 'o:' .. source
  if offset > tonumber(redis.call('HGET', key, fence) or -1) then
    redis.call('HSET', key, fence, whole(offset))
    return redis.call('HINCRBY', key, 'n', 1)
  end
  return tonumber(redis.call('HGET', key, 'n'))
end

local copies = {}
for place, document in ipairs(documents) do
  local id, source, offset, at, hashes, finders = unpack(document)
  local packed = cmsgpack.pack(hashes)
  local first = first_of(at, packed, finders)
  copies[place] = false
  if not first then
    register(id, at, packed, finders)
  elseif first ~= id then
    copies[place] = {first, count(first, source, offset), redis.call('GET', scores_key(first))}
  end
end
return copies
