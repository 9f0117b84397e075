-- KEYS: key. The value, or nil.
return redis.call('GET', KEYS[1])
