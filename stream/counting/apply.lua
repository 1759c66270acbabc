-- Counts one batch of scored records, each document once: all of the batch or nothing of it.
-- KEYS: the markers, the watermarks, the offsets, the count of what came too late; then of each
--   window key its hash and its shard's timers.
-- ARGV: time to live in seconds; then, as one msgpack array each, {partition, from, to},
--   {source, watermark, offset}; how many came too late; then of each window key its name and its
--   documents as one msgpack array of
--   {source, offset, minute, negative, positive, sentiment, late, late and negative,
--    late and positive, sentiment if late, unit or false, telling or false}
-- Returns how many documents were new, or an error that begins with LOST: a marker is missing, or
-- behind where the batch begins.
-- Fields of the markers: <partition> the scored partition's next offset to count.
-- Fields of a hash: f:<source> fence, b:<minute> counts, u:<minute> distinct negative units,
-- e:<minute> the most telling documents, v version, p earliest timer since the last read,
-- r number of reads, c closed until, d earliest minute that changed after it was closed,
-- s detection state.
local MOST_UNITS, MOST_TELLING = 512, 3
local markers, watermarks, offsets, too_late = unpack(KEYS, 1, 4)
local seconds = ARGV[1]
local whole = function(number) return string.format('%.0f', number) end

local function behind(spans)
  for _, span in ipairs(spans) do
    local marker = tonumber(redis.call('HGET', markers, span[1]) or -1)
    if marker < span[2] then
      local said = marker < 0 and 'nothing' or whole(marker)
      return string.format(
        'LOST partition %d was counted up to offset %s, and Redis holds %s', span[1],
        whole(span[2]), said)
    end
  end
end

local function mark(spans)
  local moved = false
  for _, span in ipairs(spans) do
    if tonumber(redis.call('HGET', markers, span[1])) < span[3] then
      redis.call('HSET', markers, span[1], whole(span[3]))
      moved = true
    end
  end
  return moved
end

local function advance(progress)
  for _, source in ipairs(progress) do
    redis.call('ZADD', watermarks, 'GT', whole(source[2]), source[1])
    redis.call('ZADD', offsets, 'GT', whole(source[3]), source[1])
  end
end

local function precedes(a, b)
  if a[1] ~= b[1] then return a[1] > b[1] end
  if a[2] ~= b[2] then return a[2] < b[2] end
  return a[3] < b[3]
end

local function apply(hash, timers, key, documents)
  local fences, counts, units, telling = {}, {}, {}, {}

  local function fence_of(source)
    if fences[source] == nil then
      fences[source] = tonumber(redis.call('HGET', hash, 'f:' .. source) or -1)
    end
    return fences[source]
  end

  local function counts_of(minute)
    if counts[minute] == nil then
      local sums = {0, 0, 0, 0, 0, 0, 0, 0}
      local stored = redis.call('HGET', hash, 'b:' .. minute)
      if stored then
        local i = 0
        for number in string.gmatch(stored, '%S+') do
          i = i + 1
          sums[i] = tonumber(number)
        end
      end
      counts[minute] = sums
    end
    return counts[minute]
  end

  local function packed(cache, prefix, minute)
    if cache[minute] == nil then
      local stored = redis.call('HGET', hash, prefix .. minute)
      cache[minute] = stored and cmsgpack.unpack(stored) or {}
    end
    return cache[minute]
  end

  local function add_unit(minute, unit)
    local known = packed(units, 'u:', minute)
    for _, other in ipairs(known) do
      if other == unit then return end
    end
    known[#known + 1] = unit
  end

  local function add_telling(minute, document)
    local best = packed(telling, 'e:', minute)
    for place, other in ipairs(best) do
      -- Senders use an id twice: which one stays must not depend on the order of arrival.
      if other[2] == document[2] then
        if precedes(other, document) then return end
        table.remove(best, place)
        break
      end
    end
    best[#best + 1] = document
    table.sort(best, precedes)
    best[MOST_TELLING + 1] = nil
  end

  local applied = 0
  for _, document in ipairs(documents) do
    local source, offset = document[1], document[2]
    if offset > fence_of(source) then
      fences[source] = offset
      applied = applied + 1
      local minute = whole(document[3])
      local sums = counts_of(minute)
      sums[1] = sums[1] + 1
      for i = 2, 8 do sums[i] = sums[i] + document[i + 2] end
      if document[11] then add_unit(minute, document[11]) end
      if document[12] then add_telling(minute, document[12]) end
    end
  end
  if applied == 0 then return 0 end

  for source, offset in pairs(fences) do
    redis.call('HSET', hash, 'f:' .. source, whole(offset))
  end
  local earliest
  for minute, sums in pairs(counts) do
    local texts = {}
    for i = 1, 8 do texts[i] = whole(sums[i]) end
    redis.call('HSET', hash, 'b:' .. minute, table.concat(texts, ' '))
    local number = tonumber(minute)
    if not earliest or number < earliest then earliest = number end
  end
  for minute, known in pairs(units) do
    -- The smallest ones stay, so that what is kept does not depend on the order of arrival.
    table.sort(known)
    for i = #known, MOST_UNITS + 1, -1 do known[i] = nil end
    redis.call('HSET', hash, 'u:' .. minute, cmsgpack.pack(known))
  end
  for minute, best in pairs(telling) do
    redis.call('HSET', hash, 'e:' .. minute, cmsgpack.pack(best))
  end

  local closed = tonumber(redis.call('HGET', hash, 'c') or -1)
  if earliest < closed then
    local dirty = tonumber(redis.call('HGET', hash, 'd') or earliest)
    redis.call('HSET', hash, 'd', whole(math.min(dirty, earliest)))
  end
  local pending = tonumber(redis.call('HGET', hash, 'p') or earliest + 1)
  redis.call('HSET', hash, 'p', whole(math.min(pending, earliest + 1)))
  redis.call('HINCRBY', hash, 'v', 1)
  redis.call('EXPIRE', hash, seconds)
  redis.call('ZADD', timers, 'LT', whole(earliest + 1), key)
  return applied
end

local spans = cmsgpack.unpack(ARGV[2])
local lost = behind(spans)
if lost then return redis.error_reply(lost) end

local applied = 0
for i = 5, #KEYS, 2 do
  applied = applied + apply(KEYS[i], KEYS[i + 1], ARGV[i], cmsgpack.unpack(ARGV[i + 1]))
end
advance(cmsgpack.unpack(ARGV[3]))
-- The client sends a batch again when the connection broke before the answer came.
if mark(spans) and tonumber(ARGV[4]) > 0 then redis.call('INCRBY', too_late, ARGV[4]) end
return applied
