-- Writes what taking alerts in came to, with what is published of it, if nobody did so meanwhile.
-- What each key and field holds: see REDIS.md.
-- KEYS: grouping, outbox.
-- ARGV: the second until which all was taken in, '' for none; that now; the state now; then the
--   outbox entries.
-- Returns 1 when written. 0 when another worker took alerts in meanwhile.
local FIRST_ENTRY = 4
local grouping, outbox = unpack(KEYS)
if (redis.call('HGET', grouping, 'until') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', grouping, 'until', ARGV[2], 'state', ARGV[3])
for i = FIRST_ENTRY, #ARGV do redis.call('RPUSH', outbox, ARGV[i]) end
return 1
