-- Counts one batch of scored records, each document once: all of the batch or nothing of it.
-- What each key and field holds: see REDIS.md.
-- KEYS: markers, watermarks, offsets, too-late; then of each window key its hash and its timers.
-- ARGV: time to live in seconds; then, as msgpack, {partition, from, to} of each scored partition
--   and {source, watermark, offset} of each source partition; how many documents came too late;
--   then of each window key its name and, as msgpack, its documents with the fields of DOCUMENT.
-- Returns how many counts were new, or an error that begins with LOST: a marker is missing, or
-- behind where the batch begins.
local DOCUMENT = {
  source = 1, offset = 2, minute = 3, negative = 4, positive = 5, sentiment = 6, late = 7,
  late_negative = 8, late_positive = 9, late_sentiment = 10, distinct_text = 11, evidence = 12,
}
-- A bucket is these numbers with spaces between: how many documents, then sums over them.
local BUCKET_SUMS = {
  'negative', 'positive', 'sentiment', 'late', 'late_negative', 'late_positive', 'late_sentiment',
}
local EVIDENCE = {negative = 1, id = 2, record = 3}
local RANGE = {partition = 1, from = 2, to = 3}
local PROGRESS = {source = 1, watermark = 2, offset = 3}
local MAX_TEXTS, MAX_MINUTE_EVIDENCE = 512, 3

local markers, watermarks, offsets, too_late = unpack(KEYS, 1, 4)
local seconds, ranges, progress = ARGV[1], cmsgpack.unpack(ARGV[2]), cmsgpack.unpack(ARGV[3])
local too_late_documents = tonumber(ARGV[4])

local function whole(number) return string.format('%.0f', number) end

local function find_loss()
  for _, range in ipairs(ranges) do
    local partition, from = range[RANGE.partition], range[RANGE.from]
    local marker = tonumber(redis.call('HGET', markers, partition) or -1)
    if marker < from then
      local held = marker < 0 and 'nothing' or whole(marker)
      return string.format(
        'LOST partition %d was counted up to offset %s, and Redis holds %s', partition,
        whole(from), held)
    end
  end
end

local function move_markers()
  local moved = false
  for _, range in ipairs(ranges) do
    local partition, to = range[RANGE.partition], range[RANGE.to]
    if tonumber(redis.call('HGET', markers, partition)) < to then
      redis.call('HSET', markers, partition, whole(to))
      moved = true
    end
  end
  return moved
end

local function move_sources()
  for _, one in ipairs(progress) do
    local source = one[PROGRESS.source]
    redis.call('ZADD', watermarks, 'GT', whole(one[PROGRESS.watermark]), source)
    redis.call('ZADD', offsets, 'GT', whole(one[PROGRESS.offset]), source)
  end
end

-- The most negative first; of those alike the one with the smallest id.
local function precedes(a, b)
  if a[EVIDENCE.negative] ~= b[EVIDENCE.negative] then
    return a[EVIDENCE.negative] > b[EVIDENCE.negative]
  end
  if a[EVIDENCE.id] ~= b[EVIDENCE.id] then return a[EVIDENCE.id] < b[EVIDENCE.id] end
  return a[EVIDENCE.record] < b[EVIDENCE.record]
end

local function apply(hash, timers, key, documents)
  local fences, buckets, texts, evidence = {}, {}, {}, {}

  local function fence_of(source)
    if fences[source] == nil then
      fences[source] = tonumber(redis.call('HGET', hash, 'fence:' .. source) or -1)
    end
    return fences[source]
  end

  local function bucket_of(minute)
    if buckets[minute] == nil then
      local numbers = {0, 0, 0, 0, 0, 0, 0, 0}
      local stored = redis.call('HGET', hash, 'bucket:' .. minute)
      if stored then
        local i = 0
        for number in string.gmatch(stored, '%S+') do
          i = i + 1
          numbers[i] = tonumber(number)
        end
      end
      buckets[minute] = numbers
    end
    return buckets[minute]
  end

  local function packed(cache, prefix, minute)
    if cache[minute] == nil then
      local stored = redis.call('HGET', hash, prefix .. minute)
      cache[minute] = stored and cmsgpack.unpack(stored) or {}
    end
    return cache[minute]
  end

  local function add_text(minute, text)
    local known = packed(texts, 'texts:', minute)
    for _, other in ipairs(known) do
      if other == text then return end
    end
    known[#known + 1] = text
  end

  local function add_evidence(minute, document)
    local best = packed(evidence, 'evidence:', minute)
    for place, other in ipairs(best) do
      -- Senders use an id twice: which one stays must not depend on the order of arrival.
      if other[EVIDENCE.id] == document[EVIDENCE.id] then
        if precedes(other, document) then return end
        table.remove(best, place)
        break
      end
    end
    best[#best + 1] = document
    table.sort(best, precedes)
    best[MAX_MINUTE_EVIDENCE + 1] = nil
  end

  local applied = 0
  for _, document in ipairs(documents) do
    local source, offset = document[DOCUMENT.source], document[DOCUMENT.offset]
    if offset > fence_of(source) then
      fences[source] = offset
      applied = applied + 1
      local minute = whole(document[DOCUMENT.minute])
      local bucket = bucket_of(minute)
      bucket[1] = bucket[1] + 1
      for i, name in ipairs(BUCKET_SUMS) do
        bucket[i + 1] = bucket[i + 1] + document[DOCUMENT[name]]
      end
      if document[DOCUMENT.distinct_text] then add_text(minute, document[DOCUMENT.distinct_text]) end
      if document[DOCUMENT.evidence] then add_evidence(minute, document[DOCUMENT.evidence]) end
    end
  end
  if applied == 0 then return 0 end

  for source, offset in pairs(fences) do
    redis.call('HSET', hash, 'fence:' .. source, whole(offset))
  end
  local earliest
  for minute, numbers in pairs(buckets) do
    local written = {}
    for i, number in ipairs(numbers) do written[i] = whole(number) end
    redis.call('HSET', hash, 'bucket:' .. minute, table.concat(written, ' '))
    local number = tonumber(minute)
    if not earliest or number < earliest then earliest = number end
  end
  for minute, known in pairs(texts) do
    -- The smallest ones stay, so that what is kept does not depend on the order of arrival.
    table.sort(known)
    for i = #known, MAX_TEXTS + 1, -1 do known[i] = nil end
    redis.call('HSET', hash, 'texts:' .. minute, cmsgpack.pack(known))
  end
  for minute, best in pairs(evidence) do
    redis.call('HSET', hash, 'evidence:' .. minute, cmsgpack.pack(best))
  end

  local closed_until = tonumber(redis.call('HGET', hash, 'closed_until') or -1)
  if earliest < closed_until then
    local dirty_from = tonumber(redis.call('HGET', hash, 'dirty_from') or earliest)
    redis.call('HSET', hash, 'dirty_from', whole(math.min(dirty_from, earliest)))
  end
  local due = earliest + 1
  local unread_timer = tonumber(redis.call('HGET', hash, 'unread_timer') or due)
  redis.call('HSET', hash, 'unread_timer', whole(math.min(unread_timer, due)))
  redis.call('HINCRBY', hash, 'version', 1)
  redis.call('EXPIRE', hash, seconds)
  redis.call('ZADD', timers, 'LT', whole(due), key)
  return applied
end

local lost = find_loss()
if lost then return redis.error_reply(lost) end

local applied = 0
for i = 5, #KEYS, 2 do
  applied = applied + apply(KEYS[i], KEYS[i + 1], ARGV[i], cmsgpack.unpack(ARGV[i + 1]))
end
move_sources()
-- The client sends a batch again when the connection broke before the answer came.
if move_markers() and too_late_documents > 0 then
  redis.call('INCRBY', too_late, too_late_documents)
end
return applied
