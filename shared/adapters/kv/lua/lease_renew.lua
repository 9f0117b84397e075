-- KEYS: lease. ARGV: holder, ttl in milliseconds. 1 held and extended, 0 not the holder's (any more).
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
