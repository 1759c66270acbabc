-- Sets markers that are missing, or behind what Kafka still has, before counting begins there.
-- What each key and field holds: see REDIS.md.
-- KEYS: markers.
-- ARGV: {partition, marker as read or false, marker from now on} of each as msgpack.
-- Returns 1, or 0 when a marker is not what was read: then none is set.
local MOVE = {partition = 1, read = 2, to = 3}
local markers = KEYS[1]
local moves = cmsgpack.unpack(ARGV[1])

for _, move in ipairs(moves) do
  local marker = redis.call('HGET', markers, move[MOVE.partition])
  if (marker and tonumber(marker)) ~= move[MOVE.read] then return 0 end
end
for _, move in ipairs(moves) do
  redis.call('HSET', markers, move[MOVE.partition], string.format('%.0f', move[MOVE.to]))
end
return 1
