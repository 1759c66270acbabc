-- Forgets the firsts of documents that are to be deleted.
-- KEYS: the prefix of all keys, which has a hash tag.
-- ARGV: most firsts, then the id of each document and the 4 bytes with which its finders begin.
-- Returns how many firsts were forgotten.
local PAGE, FINDERS, ID, BUCKET_BYTES = 64, 16, 1, 4
local prefix, buckets = KEYS[1], math.ceil(tonumber(ARGV[1]) / FINDERS)
local forgotten = 0
for i = 2, #ARGV, 2 do
  local id, begin = ARGV[i], ARGV[i + 1]
  local bucket = prefix .. ':finder:' .. struct.unpack('>I4', begin) % buckets
  local finders = redis.call('HGETALL', bucket)
  for f = 1, #finders, 2 do
    if finders[f]:sub(1, BUCKET_BYTES) == begin then
      local number = tonumber(finders[f + 1])
      local page = prefix .. ':firsts:' .. math.floor(number / PAGE)
      local packed = redis.call('LINDEX', page, number % PAGE)
      local first = packed and cmsgpack.unpack(packed)
      if first and first[ID] == id then
        -- Its place stays, so that those after it keep theirs.
        redis.call('LSET', page, number % PAGE, cmsgpack.pack(false))
        redis.call('HDEL', bucket, finders[f])
        forgotten = forgotten + 1
      end
    end
  end
end
return forgotten
