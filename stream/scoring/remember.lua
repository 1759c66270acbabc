-- Keeps the scores of firsts for their copies to come.
-- One call for a batch: a command for each would cost the client more than all else it does.
-- KEYS: the prefix of all keys.
-- ARGV: time to live in seconds, then id and scores of each first.
for i = 2, #ARGV, 2 do
  redis.call('SET', KEYS[1] .. ':s:' .. ARGV[i], ARGV[i + 1], 'EX', ARGV[1])
end
