-- KEYS: workers of the stage (hash: id -> beat), their times (sorted set: id by when it is forgotten).
-- ARGV: id, beat, ttl in milliseconds. By the server's clock, which all workers share.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[1])
for _, key in ipairs(KEYS) do
  -- another worker may count for longer
  if redis.call('PTTL', key) < tonumber(ARGV[3]) then
    redis.call('PEXPIRE', key, ARGV[3])
  end
end
return 1
