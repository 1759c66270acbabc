-- Reads what is not judged of window keys, as far as there is room.
-- What each key and field holds: see REDIS.md.
-- KEYS: of each window key its hash for detection, then the hash of each of its minutes.
-- ARGV: about how many bytes to read at most; as msgpack, how many minutes each window key has.
-- Returns of each window key its state, '' for none, and the fields and values of each minute. Once
-- there is no room, the minutes and the keys that follow are left out; the first minute never is.
local room, counts = tonumber(ARGV[1]), cmsgpack.unpack(ARGV[2])

local found, at = {}, 1
for place, count in ipairs(counts) do
  if room <= 0 then break end
  local row = {redis.call('HGET', KEYS[at], 'state') or ''}
  for i = at + 1, at + count do
    if room <= 0 then break end
    local fields = redis.call('HGETALL', KEYS[i])
    for _, part in ipairs(fields) do room = room - #part end
    row[#row + 1] = fields
  end
  found[place] = row
  at = at + 1 + count
end
return found
