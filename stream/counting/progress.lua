-- How far a slot is counted: a scored partition, and source partitions, in one piece.
-- What each key and field holds: see REDIS.md.
-- KEYS: markers, watermarks, offsets, begins.
-- ARGV: the scored partition; then the source partitions.
-- Returns the marker, then the watermark, the offset and the begin of each source; '' for unknown ones.
local found = {redis.call('HGET', KEYS[1], ARGV[1]) or ''}
for i = 2, #ARGV do
  for key = 2, 4 do found[#found + 1] = redis.call('ZSCORE', KEYS[key], ARGV[i]) or '' end
end
return found
