-- Keeps the scores of firsts for their copies to come.
-- One call for a batch: a command for each would cost the client more than all else it does.
-- KEYS: the prefix of all keys, which has a hash tag.
-- ARGV: most bytes of a first with its scores and without its mould, then the fields of SCORED of each.
local SCORED, FIELDS = {number = 1, source = 2, offset = 3, scores = 4}, 4
local PAGE, FIRST = 64, {source = 6, offset = 7, scores = 10, words = 11, subjects = 12}
local prefix, max_bytes = KEYS[1], tonumber(ARGV[1])
for start = 2, #ARGV, FIELDS do
  local scored = {unpack(ARGV, start, start + FIELDS - 1)}
  local number = tonumber(scored[SCORED.number])
  local page = prefix .. ':firsts:' .. math.floor(number / PAGE)
  local packed = redis.call('LINDEX', page, number % PAGE)
  local first = packed and cmsgpack.unpack(packed)
  -- A Redis that has lost its data counts from the start again.
  if first and first[FIRST.source] == tonumber(scored[SCORED.source])
    and first[FIRST.offset] == tonumber(scored[SCORED.offset]) then
    first[FIRST.scores] = scored[SCORED.scores]
    local full = cmsgpack.pack(first)
    local of_mould = #(first[FIRST.words] or '') + #(first[FIRST.subjects] or '')
    if #full - of_mould <= max_bytes then redis.call('LSET', page, number % PAGE, full) end
  end
end
