-- Keeps the scores of firsts for their copies to come.
-- One call for a batch: a command for each would cost the client more than all else it does.
-- KEYS: the prefix of all keys, which has a hash tag.
-- ARGV: most firsts, then the finder of the id, the id and the scores of each first.
local PAGE, FINDERS, ID, SCORES = 64, 16, 1, 6
local prefix, buckets = KEYS[1], math.ceil(tonumber(ARGV[1]) / FINDERS)
for i = 2, #ARGV, 3 do
  local finder, id, scores = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local bucket = prefix .. ':finder:' .. struct.unpack('>I4', finder) % buckets
  local number = tonumber(redis.call('HGET', bucket, finder) or nil)
  if number then
    local page = prefix .. ':page:' .. math.floor(number / PAGE)
    local packed = redis.call('HGET', page, number % PAGE)
    local first = packed and cmsgpack.unpack(packed)
    if first and first[ID] == id then
      first[SCORES] = scores
      redis.call('HSET', page, number % PAGE, cmsgpack.pack(first))
    end
  end
end
