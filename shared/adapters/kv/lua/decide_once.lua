-- KEYS: decision. ARGV: ttl in seconds, value. The decision that holds: the one stored first.
local stored = redis.call('GET', KEYS[1])
if stored then
  return stored
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[1])
return ARGV[2]
