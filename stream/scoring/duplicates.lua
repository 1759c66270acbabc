-- Looks documents up among the remembered texts, in order, and registers the new ones.
-- What each key and field holds: see ../counting/REDIS.md.
-- KEYS: the prefix of all keys, which has a hash tag.
-- ARGV: time to live in seconds, least similarity of a copy, most hashes in a sketch, most firsts,
--   as msgpack the hash and the name of each source; then the fields of DOCUMENT of each document; a
--   finder has 8 bytes, and `finders` holds several.
-- Returns how many firsts were dropped before their time, then of each document {source and offset of
--   another with its id or false, id of the first, copies so far, story, scores or false} if it is a
--   copy; else its number as a first, or false if it is not kept, behind the same if there is another.
local DOCUMENT = {
  id = 1, source = 2, offset = 3, at = 4, hashes = 5, story = 6, finders = 7, id_finder = 8}
local FIRST = {
  id = 1, at = 2, copies = 3, fences = 4, hashes = 5, source = 6, offset = 7, story = 8, previous = 9,
  scores = 10}
local BEFORE, FIELDS, FINDER_BYTES = 5, 8, 8
local PAGE, FINDERS = 64, 16
-- Redis keeps a hash of up to 128 fields packed; what an attacker puts into one must not block it.
local MOST_FINDERS = 120
-- How often a bucket is rid of finders of what was dropped: a multiple of it is MOST_FINDERS.
local CLEANED_EACH = 30
local prefix, seconds, capacity = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[4])
local min_similarity, max_hashes = tonumber(ARGV[2]), tonumber(ARGV[3])
local next_key, sources_key = prefix .. ':next', prefix .. ':sources'
local next_number = tonumber(redis.call('GET', next_key) or 0)
local buckets, dropped = math.ceil(capacity / FINDERS), 0

local function page_key(number) return prefix .. ':firsts:' .. math.floor(number / PAGE) end
local function finder_key(finder)
  return prefix .. ':finder:' .. struct.unpack('>I4', finder) % buckets
end

local function finders_of(document)
  local packed, finders = document[DOCUMENT.finders], {}
  for i = 1, #packed, FINDER_BYTES do finders[#finders + 1] = packed:sub(i, i + FINDER_BYTES - 1) end
  return finders
end

local function read(number)
  local packed = redis.call('LINDEX', page_key(number), number % PAGE)
  return packed and cmsgpack.unpack(packed)
end

local function similarity(a, b)
  if a == b then return 1 end
  local most_a, most_b = #a / 2, #b / 2
  local full = most_a == max_hashes or most_b == max_hashes
  local limit = full and max_hashes or most_a + most_b
  local i, j, union, common = 0, 0, 0, 0
  while union < limit and (i < most_a or j < most_b) do
    local x = i < most_a and a:byte(2 * i + 1) * 256 + a:byte(2 * i + 2) or math.huge
    local y = j < most_b and b:byte(2 * j + 1) * 256 + b:byte(2 * j + 2) or math.huge
    if x == y then common = common + 1 end
    if x <= y then i = i + 1 end
    if y <= x then j = j + 1 end
    union = union + 1
  end
  return common / union
end

local function is_from(first, document)
  return first[FIRST.source] == document[DOCUMENT.source]
    and first[FIRST.offset] == document[DOCUMENT.offset]
end

-- The newest first with the id of a document.
local function with_id_of(document)
  local finder = document[DOCUMENT.id_finder]
  local number = tonumber(redis.call('HGET', finder_key(finder), finder) or nil)
  local first = number and read(number)
  if first and first[FIRST.id] == document[DOCUMENT.id] then return number, first end
end

local function first_like(document)
  local at, tried = document[DOCUMENT.at], {}
  for _, finder in ipairs(finders_of(document)) do
    local number = tonumber(redis.call('HGET', finder_key(finder), finder) or nil)
    if number and not tried[number] then
      tried[number] = true
      local first = read(number)
      -- In a replay a day may pass in a second: event time decides, as it did when it was live.
      if first and math.abs(at - first[FIRST.at]) <= seconds * 1000
        and similarity(document[DOCUMENT.hashes], first[FIRST.hashes]) >= min_similarity then
        return number, first
      end
    end
  end
end

-- Takes the finders of what was dropped out of a bucket; if there are none and it is full, the oldest.
local function clean(key, is_full)
  local pairs_of, oldest, oldest_number, gone = redis.call('HGETALL', key), nil, math.huge, {}
  local oldest_kept = (math.floor(next_number / PAGE) + 1) * PAGE - capacity
  for i = 1, #pairs_of, 2 do
    local number = tonumber(pairs_of[i + 1])
    if number < oldest_kept then gone[#gone + 1] = pairs_of[i] end
    if number < oldest_number then oldest, oldest_number = pairs_of[i], number end
  end
  if #gone == 0 and is_full then gone[1] = oldest end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
end

local function point(finder, number)
  local key = finder_key(finder)
  local size = redis.call('HLEN', key)
  if size > 0 and size % CLEANED_EACH == 0 then clean(key, size >= MOST_FINDERS) end
  redis.call('HSET', key, finder, number)
  redis.call('EXPIRE', key, seconds)
end

-- The number of the next first, whose place in its page is the next one there.
local function take_number()
  -- A page that has expired half full would begin anew with other numbers.
  if redis.call('LLEN', page_key(next_number)) ~= next_number % PAGE then
    next_number = (math.floor(next_number / PAGE) + 1) * PAGE
  end
  if next_number % PAGE == 0 and next_number >= capacity then
    local old = page_key(next_number - capacity)
    dropped = dropped + redis.call('LLEN', old)
    redis.call('UNLINK', old)
  end
  local number = next_number
  next_number = number + 1
  return number
end

-- `previous` is the number of the newest first with the same id, so that all can be forgotten.
local function register(document, previous)
  local number = take_number()
  local page = page_key(number)
  local first = {
    document[DOCUMENT.id], document[DOCUMENT.at], 0, {}, document[DOCUMENT.hashes],
    document[DOCUMENT.source], document[DOCUMENT.offset], document[DOCUMENT.story],
    previous or false}
  redis.call('RPUSH', page, cmsgpack.pack(first))
  redis.call('EXPIRE', page, seconds)
  for _, finder in ipairs(finders_of(document)) do point(finder, number) end
  point(document[DOCUMENT.id_finder], number)
  return number
end

local function count(number, first, document)
  local fences, source = first[FIRST.fences], document[DOCUMENT.source]
  local offset = document[DOCUMENT.offset]
  if offset > (fences[source] or -1) then
    fences[source] = offset
    first[FIRST.copies] = first[FIRST.copies] + 1
    redis.call('LSET', page_key(number), number % PAGE, cmsgpack.pack(first))
  end
  return first[FIRST.copies]
end

-- Where a first came from, if its source is known by name.
local function origin_of(first)
  local source = first and redis.call('HGET', sources_key, first[FIRST.source])
  return source and {source, first[FIRST.offset]} or false
end

-- A table in each answer would cost a tenth of the whole.
local function as_first(number, namesake)
  local origin = origin_of(namesake)
  return origin and {origin, number} or number
end

local function look_up(document)
  local previous, namesake = with_id_of(document)
  local number, first = previous, namesake
  if not (first and is_from(first, document)) then number, first = first_like(document) end
  if not first then
    -- An id that is too long to be kept comes as an empty one.
    return as_first(document[DOCUMENT.id] ~= '' and register(document, previous), namesake)
  elseif is_from(first, document) then
    local before = first[FIRST.previous]
    return as_first(number, before and read(before))
  end
  local seen = count(number, first, document)
  return {
    origin_of(namesake), first[FIRST.id], seen, first[FIRST.story], first[FIRST.scores] or false}
end

redis.call('HSET', sources_key, unpack(cmsgpack.unpack(ARGV[BEFORE])))
redis.call('EXPIRE', sources_key, 2 * seconds)
local found = {}
for start = BEFORE + 1, #ARGV, FIELDS do
  local document = {unpack(ARGV, start, start + FIELDS - 1)}
  for _, field in ipairs({'source', 'offset', 'at'}) do
    document[DOCUMENT[field]] = tonumber(document[DOCUMENT[field]])
  end
  found[#found + 1] = look_up(document)
end
-- Outlives every finder, which would otherwise point to another first of the same number.
redis.call('SET', next_key, string.format('%.0f', next_number), 'EX', 2 * seconds)
return {dropped, found}
