-- Keeps the scores of firsts for their copies to come.
-- One call for a batch: a command for each would cost the client more than all else it does.
-- KEYS: the prefix of all keys, which has a hash tag.
-- ARGV: most bytes of a first with its scores, then the number, the id and the scores of each.
local PAGE, ID, SCORES = 64, 1, 6
local prefix, max_bytes = KEYS[1], tonumber(ARGV[1])
for i = 2, #ARGV, 3 do
  local number, id, scores = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2]
  local page = prefix .. ':firsts:' .. math.floor(number / PAGE)
  local packed = redis.call('LINDEX', page, number % PAGE)
  local first = packed and cmsgpack.unpack(packed)
  -- A Redis that has lost its data counts from the start again.
  if first and first[ID] == id then
    first[SCORES] = scores
    local full = cmsgpack.pack(first)
    if #full <= max_bytes then redis.call('LSET', page, number % PAGE, full) end
  end
end
