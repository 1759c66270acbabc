-- Counts one batch of scored records in one slot, each document once: all of it or nothing of it.
-- What each key and field holds: see REDIS.md.
-- KEYS: markers, watermarks, offsets, begins, horizon, expected, stale and tests of the slot; then markers,
--   watermarks, offsets and begins of each slot in which the batch counts nothing and that only moves
--   on with this one, on a Redis where slots may share a call; then of each window key its hash, its
--   timers, its hash for detection, its checks, and the hash of each of its minutes.
-- ARGV: time to live in seconds; how many texts and how much evidence a second keeps; then, as
--   msgpack, {partition, from, to} of each scored partition, {source, watermark, offset, begin} of
--   each source partition, and {source, until when it was expected} of each that ends; how many
--   documents are stale; how many slots only move on; then of each window key its name and, as
--   msgpack, what it counts with the fields of UPDATE, and the minutes that they are of.
-- An update before the slot's marker of its scored partition is counted already: an earlier call
-- reached this slot, and not all the others.
-- Returns how many counts were new; or an error, and nothing is counted, that begins with LOST: a
-- marker is missing, or behind where the batch begins; or with CLOSED, and the horizon: a document
-- lies before it, in what was closed already; or with SPLIT: of an update only a part is counted
-- already, and it must come as several.
local UPDATE = {partition = 1, first = 2, last = 3, second = 4, cell = 5}
-- Sums over documents. In an hour each bucket stands behind its minute of the hour.
local BUCKET = {documents = 1, negative = 2, positive = 3, sentiment = 4}
local CELL = {bucket = 1, texts = 2, evidence = 3, spread = 4}
local EVIDENCE = {negative = 1, story = 2, seen = 3, record = 4}
local SPREAD = {seen = 1, story = 2}
local RANGE = {partition = 1, from = 2, to = 3}
local PROGRESS = {source = 1, watermark = 2, offset = 3, begin = 4}
local END = {source = 1, expected_until = 2}
local SLOT = {markers = 1, watermarks = 2, offsets = 3, begins = 4}
local KEYS_OF_SLOT, KEYS_OF_MOVED, KEYS_EACH = 8, 4, 4
local FIRST_NAME, ARGUMENTS_EACH = 9, 3
local ENDED = '0'
local DAY, HOUR, MINUTE, SECOND = 86400, 60, 60, 1000

local horizon, expected, stale, tests = unpack(KEYS, 5, KEYS_OF_SLOT)
local seconds_to_live, max_texts, max_evidence = unpack(ARGV, 1, 3)
max_texts, max_evidence = tonumber(max_texts), tonumber(max_evidence)
local ranges, progress = cmsgpack.unpack(ARGV[4]), cmsgpack.unpack(ARGV[5])
local ends = cmsgpack.unpack(ARGV[6])
local stale_documents, moved_slots = tonumber(ARGV[7]), tonumber(ARGV[8])
-- The slot that counts, and those that only move on.
local slots = {{unpack(KEYS, 1, KEYS_OF_MOVED)}}
for i = 1, moved_slots do
  local at = KEYS_OF_SLOT + (i - 1) * KEYS_OF_MOVED
  slots[#slots + 1] = {unpack(KEYS, at + 1, at + KEYS_OF_MOVED)}
end
-- Up to where each scored partition was counted before this batch, in each of `slots`; in the first.
local counted_of, counted = {}, {}
local closed = tonumber(redis.call('GET', horizon) or 0)

local function whole(number) return string.format('%.0f', number) end

local function find_loss(slot, into)
  for _, range in ipairs(ranges) do
    local partition, from = range[RANGE.partition], range[RANGE.from]
    local marker = tonumber(redis.call('HGET', slot[SLOT.markers], partition) or -1)
    if marker < from then
      local held = marker < 0 and 'nothing' or whole(marker)
      return string.format(
        'LOST partition %d was counted up to offset %s, and Redis holds %s', partition,
        whole(from), held)
    end
    into[partition] = marker
  end
end

local function is_new(update)
  return update[UPDATE.first] >= counted[update[UPDATE.partition]]
end

local function is_split(update)
  return not is_new(update) and update[UPDATE.last] >= counted[update[UPDATE.partition]]
end

local function move_markers(slot, was)
  local to_of = {}
  for _, range in ipairs(ranges) do
    local partition, to = range[RANGE.partition], range[RANGE.to]
    if was[partition] < to then
      to_of[#to_of + 1] = partition
      to_of[#to_of + 1] = whole(to)
    end
  end
  if #to_of > 0 then redis.call('HSET', slot[SLOT.markers], unpack(to_of)) end
  return #to_of > 0
end

local function scores_of(field)
  local scores = {}
  for _, one in ipairs(progress) do
    scores[#scores + 1] = whole(one[field])
    scores[#scores + 1] = one[PROGRESS.source]
  end
  return scores
end

local function move_sources()
  if #progress == 0 then return end
  local fields = {watermarks = PROGRESS.watermark, offsets = PROGRESS.offset, begins = PROGRESS.begin}
  for name, field in pairs(fields) do
    local scores = scores_of(field)
    for _, slot in ipairs(slots) do redis.call('ZADD', slot[SLOT[name]], 'GT', unpack(scores)) end
  end
end

local function end_sources()
  for _, one in ipairs(ends) do
    local source = one[END.source]
    -- One that was announced again meanwhile goes on.
    if tonumber(redis.call('ZSCORE', expected, source) or -1) == one[END.expected_until] then
      redis.call('ZADD', expected, ENDED, source)
    end
  end
end

local function count_tests(tests_of)
  for day, count in pairs(tests_of) do redis.call('HINCRBY', tests, whole(day), count) end
end

-- The most negative first; of those alike the one that came first.
local function precedes(a, b)
  if a[EVIDENCE.negative] ~= b[EVIDENCE.negative] then
    return a[EVIDENCE.negative] > b[EVIDENCE.negative]
  end
  if a[EVIDENCE.seen] ~= b[EVIDENCE.seen] then return a[EVIDENCE.seen] < b[EVIDENCE.seen] end
  if a[EVIDENCE.record] ~= b[EVIDENCE.record] then
    return a[EVIDENCE.record] < b[EVIDENCE.record]
  end
  return a[EVIDENCE.story] < b[EVIDENCE.story]
end

local function spreads_more(a, b)
  if a[SPREAD.seen] ~= b[SPREAD.seen] then return a[SPREAD.seen] > b[SPREAD.seen] end
  return a[SPREAD.story] < b[SPREAD.story]
end

-- `before` is how many numbers stand before those of the bucket.
local function add(numbers, bucket, before)
  for i, sum in ipairs(bucket) do numbers[before + i] = numbers[before + i] + sum end
end

local function add_text(known, text)
  for _, other in ipairs(known) do
    if other == text then return end
  end
  known[#known + 1] = text
end

-- Adds `row` to those that stand before others, one of each story, which is its field `story`.
local function add_best(best, row, story, stands_before)
  for place, other in ipairs(best) do
    -- Which one of a story stays must not depend on the order of arrival.
    if other[story] == row[story] then
      if stands_before(other, row) then return end
      table.remove(best, place)
      break
    end
  end
  best[#best + 1] = row
  table.sort(best, stands_before)
  best[max_evidence + 1] = nil
end

-- `pending` gives the hash of each minute; `tests_of` takes how often each day the key is judged.
local function apply(hash, timers, detection, checks, pending, key, updates, tests_of)
  local hours, new_hours, cells, minute_checks = {}, {}, {}, {}

  local function stored(cache, name, field, empty)
    if cache[field] == nil then
      local packed = redis.call('HGET', name, field)
      cache[field] = packed and cmsgpack.unpack(packed) or empty()
    end
    return cache[field]
  end

  local function empty_bucket() return {0, 0, 0, 0} end

  local function bucket_of(minute)
    local hour = math.floor(minute / HOUR)
    local rows = stored(hours, hash, 'hour:' .. whole(hour), function()
      new_hours[#new_hours + 1] = hour
      return {}
    end)
    local place = minute % HOUR
    for _, row in ipairs(rows) do
      if row[1] == place then return row end
    end
    rows[#rows + 1] = {place, 0, 0, 0, 0}
    return rows[#rows]
  end

  local function empty_cell() return {empty_bucket(), {}, {}, {}} end

  local applied, first_minute = 0, nil
  for _, update in ipairs(updates) do
    if is_new(update) then
      local second, new = update[UPDATE.second], update[UPDATE.cell]
      local minute = math.floor(second / MINUTE)
      local bucket = new[CELL.bucket]
      applied = applied + bucket[BUCKET.documents]
      add(bucket_of(minute), bucket, 1)
      cells[minute] = cells[minute] or {}
      local cell = stored(cells[minute], pending[minute], whole(second), empty_cell)
      add(cell[CELL.bucket], bucket, 0)
      -- Judged at the end of the second if it has a negative text, else at that of the minute.
      local is_test = #new[CELL.texts] > 0
      if is_test and #cell[CELL.texts] == 0 then
        local day = math.floor(second / DAY)
        tests_of[day] = (tests_of[day] or 0) + 1
      end
      local check = is_test and second + 1 or (minute + 1) * MINUTE
      for _, text in ipairs(new[CELL.texts]) do add_text(cell[CELL.texts], text) end
      for _, row in ipairs(new[CELL.evidence]) do
        add_best(cell[CELL.evidence], row, EVIDENCE.story, precedes)
      end
      for _, row in ipairs(new[CELL.spread]) do
        add_best(cell[CELL.spread], row, SPREAD.story, spreads_more)
      end
      first_minute = math.min(first_minute or minute, minute)
      minute_checks[minute] = math.min(minute_checks[minute] or check, check)
    end
  end
  if applied == 0 then return 0 end

  redis.call('HSETNX', hash, 'closed_until', whole(math.floor(closed / (MINUTE * SECOND))))
  for field, rows in pairs(hours) do redis.call('HSET', hash, field, cmsgpack.pack(rows)) end
  if #new_hours > 0 then
    local packed = redis.call('HGET', hash, 'held')
    local held = packed and cmsgpack.unpack(packed) or {}
    for _, hour in ipairs(new_hours) do held[#held + 1] = hour end
    redis.call('HSET', hash, 'held', cmsgpack.pack(held))
  end
  for minute, seconds in pairs(cells) do
    for field, cell in pairs(seconds) do
      -- The smallest ones stay, so that what is kept does not depend on the order of arrival.
      local known = cell[CELL.texts]
      table.sort(known)
      for i = #known, max_texts + 1, -1 do known[i] = nil end
      redis.call('HSET', pending[minute], field, cmsgpack.pack(cell))
    end
    redis.call('HINCRBY', pending[minute], 'version', 1)
    redis.call('EXPIRE', pending[minute], seconds_to_live)
    redis.call('ZADD', checks, 'LT', whole(minute_checks[minute]), whole(minute) .. ':' .. key)
  end
  redis.call('HINCRBY', hash, 'version', 1)
  for _, name in ipairs({hash, detection}) do redis.call('EXPIRE', name, seconds_to_live) end
  redis.call('ZADD', timers, 'LT', whole(first_minute + 1), key)
  return applied
end

local function any(keys, is)
  for _, one in ipairs(keys) do
    for _, update in ipairs(one.updates) do
      if is(update) then return true end
    end
  end
end

local function is_closed_before(update)
  return is_new(update) and (update[UPDATE.second] + 1) * SECOND <= closed
end

for i, slot in ipairs(slots) do
  counted_of[i] = {}
  local lost = find_loss(slot, counted_of[i])
  if lost then return redis.error_reply(lost) end
end
counted = counted_of[1]
local keys, at = {}, KEYS_OF_SLOT + moved_slots * KEYS_OF_MOVED + 1
for i = FIRST_NAME, #ARGV, ARGUMENTS_EACH do
  local one = {name = ARGV[i], updates = cmsgpack.unpack(ARGV[i + 1]), first = at, pending = {}}
  at = at + KEYS_EACH
  for _, minute in ipairs(cmsgpack.unpack(ARGV[i + 2])) do
    one.pending[minute] = KEYS[at]
    at = at + 1
  end
  keys[#keys + 1] = one
end
if any(keys, is_split) then return redis.error_reply('SPLIT') end
if any(keys, is_closed_before) then return redis.error_reply('CLOSED ' .. whole(closed)) end

local applied, tests_of = 0, {}
for _, one in ipairs(keys) do
  local hash, timers, detection, checks = unpack(KEYS, one.first, one.first + KEYS_EACH - 1)
  applied = applied
    + apply(hash, timers, detection, checks, one.pending, one.name, one.updates, tests_of)
end
count_tests(tests_of)
move_sources()
end_sources()
local is_first = move_markers(slots[1], counted)
for i = 2, #slots do move_markers(slots[i], counted_of[i]) end
-- The client sends a batch again when the connection broke before the answer came.
if is_first and stale_documents > 0 then redis.call('INCRBY', stale, stale_documents) end
return applied
