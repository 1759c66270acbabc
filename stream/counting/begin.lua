-- Sets the markers of a slot that are missing, or behind what Kafka still has.
-- What each key and field holds: see REDIS.md.
-- KEYS: markers.
-- ARGV: {partition, marker from now on} of each as msgpack.
local MOVE = {partition = 1, to = 2}
local markers = KEYS[1]

for _, move in ipairs(cmsgpack.unpack(ARGV[1])) do
  local partition, to = move[MOVE.partition], move[MOVE.to]
  if tonumber(redis.call('HGET', markers, partition) or -1) < to then
    redis.call('HSET', markers, partition, string.format('%.0f', to))
  end
end
