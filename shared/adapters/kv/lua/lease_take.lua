-- KEYS: lease. ARGV: holder, ttl in milliseconds. 1 it is the holder's now, 0 another has it.
local stored = redis.call('GET', KEYS[1])
if stored and stored ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
