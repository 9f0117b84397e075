-- KEYS: workers of the stage, their times, their pulses. ARGV: id. How many went.
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
