-- KEYS: session. ARGV: version, ttl in seconds, value. Compare and set on the rising version (OP-27): 1 saved (or
-- saved before), 0 refused as a newer version, or another of this one, is stored.
local stored = redis.call('GET', KEYS[1])
if stored and stored ~= ARGV[3] and cjson.decode(stored)['version'] >= tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[2])
return 1
