-- Sets markers that are missing, or behind what Kafka still has, before counting begins there.
-- KEYS: the markers, the watermarks.
-- ARGV: {partition, marker as read or false, marker now} as one msgpack array, then the sources
--   that windows must wait for: after a loss nothing else says which there are.
-- Returns 1, or 0 when a marker is not what was read: then none is set.
local markers, watermarks = KEYS[1], KEYS[2]
local moves = cmsgpack.unpack(ARGV[1])

for _, move in ipairs(moves) do
  local marker = redis.call('HGET', markers, move[1])
  if (marker and tonumber(marker)) ~= move[2] then return 0 end
end
for _, move in ipairs(moves) do
  redis.call('HSET', markers, move[1], string.format('%.0f', move[3]))
end
for i = 2, #ARGV do redis.call('ZADD', watermarks, 'NX', 0, ARGV[i]) end
return 1
