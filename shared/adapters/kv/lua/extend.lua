-- KEYS: key. ARGV: ttl in seconds. 1, or 0 when there is no such key.
return redis.call('EXPIRE', KEYS[1], ARGV[1])
