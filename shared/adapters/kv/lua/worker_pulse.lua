-- KEYS: pulses of the stage's workers (sorted set: id by its last one). ARGV: id, silence that means death and how long a
-- dead one is named, in milliseconds. The ids of the dead as a JSON array.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('EXPIRE', KEYS[1], 3600)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]))) do
  redis.call('ZREM', KEYS[1], id)
end
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
if #dead == 0 then
  return '[]'
end
return cjson.encode(dead)
