-- KEYS: key. How many were deleted.
return redis.call('DEL', KEYS[1])
