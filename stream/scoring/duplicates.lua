-- Looks documents up among the remembered texts, in order, and registers the new ones.
-- What each key and field holds: see ../counting/REDIS.md.
-- KEYS: the prefix of all keys, which has a hash tag.
-- ARGV: time to live in seconds, least similarity of a copy, most hashes in a sketch, most firsts, least
--   similarity of texts of one mould, most subjects of a mould that are kept, as msgpack the hash and the
--   name of each source; then the fields of DOCUMENT of each document; a finder has 8 bytes, and `finders`
--   holds several.
-- Returns how many firsts were dropped before their time, then of each document {source and offset of
--   another with its id or false, id of the first, copies so far, story, scores or false} if it is a
--   copy; else its number as a first, or false if it is not kept, behind the same if there is another;
--   then {place in the call, id of its mould, how many other subjects} of each document whose mould came
--   with another before.
local DOCUMENT = {
  id = 1, source = 2, offset = 3, at = 4, hashes = 5, story = 6, finders = 7, id_finder = 8,
  words = 9, mould_finder = 10, subject = 11}
local FIRST = {
  id = 1, at = 2, copies = 3, fences = 4, hashes = 5, source = 6, offset = 7, story = 8, previous = 9,
  scores = 10, words = 11, subjects = 12, mould = 13}
local BEFORE, FIELDS, FINDER_BYTES = 7, 11, 8
local PAGE, FINDERS, SUBJECT_BYTES = 64, 16, 4
-- Redis keeps a hash of up to 128 fields packed; what an attacker puts into one must not block it.
local MAX_FINDERS = 120
-- How often a bucket is rid of finders of what was dropped: a multiple of it is MAX_FINDERS.
local CLEANED_EACH = 30
local prefix, seconds, capacity = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[4])
local min_similarity, max_hashes = tonumber(ARGV[2]), tonumber(ARGV[3])
local min_mould_similarity, max_subjects = tonumber(ARGV[5]), tonumber(ARGV[6])
local next_key, sources_key = prefix .. ':next', prefix .. ':sources'
local next_number = tonumber(redis.call('GET', next_key) or 0)
local buckets, dropped, moulds = math.ceil(capacity / FINDERS), 0, {}

local function page_key(number) return prefix .. ':firsts:' .. math.floor(number / PAGE) end
-- Finders of moulds lie apart, so that buckets do not get larger.
local COPIES, MOULDS = prefix .. ':finder:', prefix .. ':mould:'
local function bucket_of(finder, kind) return kind .. struct.unpack('>I4', finder) % buckets end

local function number_at(finder, kind)
  return tonumber(redis.call('HGET', bucket_of(finder, kind), finder) or nil)
end

local function split(packed)
  local finders = {}
  for i = 1, #packed, FINDER_BYTES do finders[#finders + 1] = packed:sub(i, i + FINDER_BYTES - 1) end
  return finders
end

local function read(number)
  local packed = redis.call('LINDEX', page_key(number), number % PAGE)
  return packed and cmsgpack.unpack(packed)
end

local function similarity(a, b)
  if a == b then return 1 end
  local size_a, size_b = #a / 2, #b / 2
  local full = size_a == max_hashes or size_b == max_hashes
  local limit = full and max_hashes or size_a + size_b
  local i, j, union, common = 0, 0, 0, 0
  while union < limit and (i < size_a or j < size_b) do
    local x = i < size_a and a:byte(2 * i + 1) * 256 + a:byte(2 * i + 2) or math.huge
    local y = j < size_b and b:byte(2 * j + 1) * 256 + b:byte(2 * j + 2) or math.huge
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
  local number = number_at(finder, COPIES)
  local first = number and read(number)
  if first and first[FIRST.id] == document[DOCUMENT.id] then return number, first end
end

-- What leads from a document to a first that has enough in common with it.
local AS_COPY = {
  kind = COPIES, finders = DOCUMENT.finders, wanted = DOCUMENT.hashes, held = FIRST.hashes,
  least = min_similarity}
local AS_MOULD = {
  kind = MOULDS, finders = DOCUMENT.mould_finder, wanted = DOCUMENT.words, held = FIRST.words,
  least = min_mould_similarity}

local function first_like(document, by)
  local at, tried = document[DOCUMENT.at], {}
  for _, finder in ipairs(split(document[by.finders])) do
    local number = number_at(finder, by.kind)
    if number and not tried[number] then
      tried[number] = true
      local first = read(number)
      -- In a replay a day may pass in a second: event time decides, as it did when it was live.
      if first and math.abs(at - first[FIRST.at]) <= seconds * 1000
        and first[by.held] and similarity(document[by.wanted], first[by.held]) >= by.least then
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

local function point(finder, kind, number)
  local key = bucket_of(finder, kind)
  local size = redis.call('HLEN', key)
  if size > 0 and size % CLEANED_EACH == 0 then clean(key, size >= MAX_FINDERS) end
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
-- `begun` is the mould that it is the newest of, if it is.
local function register(document, previous, begun)
  local number = take_number()
  local page = page_key(number)
  local first = {
    document[DOCUMENT.id], document[DOCUMENT.at], 0, {}, document[DOCUMENT.hashes],
    document[DOCUMENT.source], document[DOCUMENT.offset], document[DOCUMENT.story],
    previous or false}
  if begun then
    first[FIRST.scores], first[FIRST.words] = false, document[DOCUMENT.words]
    first[FIRST.subjects], first[FIRST.mould] = begun.subjects, begun.id
  end
  redis.call('RPUSH', page, cmsgpack.pack(first))
  redis.call('EXPIRE', page, seconds)
  for _, finder in ipairs(split(document[DOCUMENT.finders])) do point(finder, COPIES, number) end
  if begun then point(document[DOCUMENT.mould_finder], MOULDS, number) end
  point(document[DOCUMENT.id_finder], COPIES, number)
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

-- How many other subjects the mould came with; that of the document is remembered, if there is room.
local function count_subject(number, first, subject)
  local subjects, others, is_known = first[FIRST.subjects], 0, subject == ''
  for i = 1, #subjects, SUBJECT_BYTES do
    if subjects:sub(i, i + SUBJECT_BYTES - 1) == subject then is_known = true else others = others + 1 end
  end
  if not is_known and others < max_subjects then
    first[FIRST.subjects] = subjects .. subject
    redis.call('LSET', page_key(number), number % PAGE, cmsgpack.pack(first))
  end
  return others
end

-- Tells in `moulds` what is known of the mould of a document; returns the mould that it begins, if any.
local function join_mould(document, place)
  if document[DOCUMENT.words] == '' then return nil end
  local subject = document[DOCUMENT.subject]
  local number, first = first_like(document, AS_MOULD)
  if not first then return {id = document[DOCUMENT.story], subjects = subject} end
  -- What is looked up twice is told the same: before the first of a mould no other came.
  if is_from(first, document) and first[FIRST.mould] == document[DOCUMENT.story] then return nil end
  local others = count_subject(number, first, subject)
  if others > 0 and subject ~= '' then moulds[#moulds + 1] = {place, first[FIRST.mould], others} end
  -- One that goes on coming is known for longer than its first text is.
  if document[DOCUMENT.at] - first[FIRST.at] > seconds * 500 then
    return {id = first[FIRST.mould], subjects = first[FIRST.subjects]}
  end
end

local function look_up(document, place)
  local begun = join_mould(document, place)
  local previous, namesake = with_id_of(document)
  local number, first = previous, namesake
  if not (first and is_from(first, document)) then number, first = first_like(document, AS_COPY) end
  if not first then
    -- An id that is too long to be kept comes as an empty one.
    return as_first(document[DOCUMENT.id] ~= '' and register(document, previous, begun), namesake)
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
  found[#found + 1] = look_up(document, #found)
end
-- Outlives every finder, which would otherwise point to another first of the same number.
redis.call('SET', next_key, string.format('%.0f', next_number), 'EX', 2 * seconds)
return {dropped, found, moulds}
