-- Looks documents up among the texts of the time to live, in order, and registers the new ones.
-- What each key and field holds: see ../counting/REDIS.md.
-- KEYS: the prefix of all keys.
-- ARGV: time to live in seconds, least similarity of a copy, most hashes in a sketch, then
--   documents as msgpack with the fields of DOCUMENT.
-- Returns for each document false, or {id of the first, copies so far, scores or false}.
local DOCUMENT = {id = 1, source = 2, offset = 3, at = 4, hashes = 5, finders = 6}
local prefix, seconds = KEYS[1], tonumber(ARGV[1])
local min_similarity, max_hashes = tonumber(ARGV[2]), tonumber(ARGV[3])
local documents = cmsgpack.unpack(ARGV[4])

local function whole(number) return string.format('%.0f', number) end
local function finder_key(finder) return prefix .. ':finder:' .. finder end
local function first_key(id) return prefix .. ':first:' .. id end
local function scores_key(id) return prefix .. ':scores:' .. id end

local function similarity(one, other)
  if one == other then return 1 end
  local a, b = cmsgpack.unpack(one), cmsgpack.unpack(other)
  local limit = (#a == max_hashes or #b == max_hashes) and max_hashes or #a + #b
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
  local first = redis.call('HMGET', first_key(id), 'hashes', 'at')
  -- In a replay a day may pass in a second: event time decides, as it did when it was live.
  if not first[1] or math.abs(at - tonumber(first[2])) > seconds * 1000 then return false end
  return similarity(packed, first[1]) >= min_similarity
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
  redis.call('HSET', first_key(id), 'hashes', packed, 'at', whole(at), 'copies', 0)
  redis.call('EXPIRE', first_key(id), seconds)
  for _, finder in ipairs(finders) do
    redis.call('SET', finder_key(finder), id, 'EX', seconds)
  end
end

local function count(id, source, offset)
  local key, fence = first_key(id), 'fence:' .. source
  if offset > tonumber(redis.call('HGET', key, fence) or -1) then
    redis.call('HSET', key, fence, whole(offset))
    return redis.call('HINCRBY', key, 'copies', 1)
  end
  return tonumber(redis.call('HGET', key, 'copies'))
end

local copies = {}
for place, document in ipairs(documents) do
  local id, at, finders = document[DOCUMENT.id], document[DOCUMENT.at], document[DOCUMENT.finders]
  local packed = cmsgpack.pack(document[DOCUMENT.hashes])
  local first = first_of(at, packed, finders)
  copies[place] = false
  if not first then
    register(id, at, packed, finders)
  elseif first ~= id then
    local seen = count(first, document[DOCUMENT.source], document[DOCUMENT.offset])
    copies[place] = {first, seen, redis.call('GET', scores_key(first))}
  end
end
return copies
