-- The scored partition of each source partition; one that has none yet gets the wanted one.
-- What each key and field holds: see REDIS.md.
-- KEYS: routes.
-- ARGV: source partition and wanted scored partition of each.
-- Returns the scored partition of each.
local found = {}
for i = 1, #ARGV, 2 do
  redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])
  found[#found + 1] = redis.call('HGET', KEYS[1], ARGV[i])
end
return found
