-- Forgets the firsts of documents that are to be deleted.
-- What each key and field holds: see ../counting/REDIS.md.
-- KEYS: the prefix of all keys, which has a hash tag.
-- ARGV: maximum of firsts, then the id of each document and the finder of its firsts.
-- Returns how many firsts were forgotten, and 1 if some are left for another call.
local PAGE, FINDERS, FIRST = 64, 16, {id = 1, previous = 9}
-- A sender may give one id to all that it has: Redis does nothing else meanwhile.
local MAX_FORGOTTEN = 256
local prefix, buckets = KEYS[1], math.ceil(tonumber(ARGV[1]) / FINDERS)
local forgotten = 0

-- Forgets the first of that number if it has the id; gives the number of the one before it.
local function forget(number, id)
  local page = prefix .. ':firsts:' .. math.floor(number / PAGE)
  local packed = redis.call('LINDEX', page, number % PAGE)
  local first = packed and cmsgpack.unpack(packed)
  if not (first and first[FIRST.id] == id) then return end
  -- Its place stays, so that those after it keep theirs.
  redis.call('LSET', page, number % PAGE, cmsgpack.pack(false))
  forgotten = forgotten + 1
  return first[FIRST.previous]
end

for i = 2, #ARGV, 2 do
  local id, finder = ARGV[i], ARGV[i + 1]
  local bucket = prefix .. ':finder:' .. struct.unpack('>I4', finder) % buckets
  local number = tonumber(redis.call('HGET', bucket, finder) or nil)
  while number and forgotten < MAX_FORGOTTEN do number = forget(number, id) or nil end
  if number then
    redis.call('HSET', bucket, finder, number)
    return {forgotten, 1}
  end
  redis.call('HDEL', bucket, finder)
end
return {forgotten, 0}
