-- KEYS: copy. ARGV: when it was read, ms since the epoch; ttl in ms; text, empty: what was copied is gone. 1 kept; 0
-- refused: the copy that is there was read later. What is gone leaves its time behind, so that no earlier read follows it.
-- Redis' own clock bounds the times: one from a machine whose clock is ahead must not shut out all later ones.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local read_at = math.min(tonumber(ARGV[1]), now)
if read_at < tonumber(redis.call('HGET', KEYS[1], 'read_at') or '0') then
  return 0
end
redis.call('HSET', KEYS[1], 'read_at', string.format('%d', read_at), 'text', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
