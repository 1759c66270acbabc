-- Keeps the scores of firsts for their copies to come.
-- One call for a batch: a command for each would cost the client more than all else it does.
-- KEYS: the prefix of all keys.
-- ARGV: time to live in seconds, then id and scores of each first.
local prefix, seconds = KEYS[1], ARGV[1]
for i = 2, #ARGV, 2 do
  local id, scores = ARGV[i], ARGV[i + 1]
  redis.call('SET', prefix .. ':scores:' .. id, scores, 'EX', seconds)
end
