-- KEYS: workers of the stage, their times. The beats of those alive as a JSON array of texts; the silent are forgotten.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, silent in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('HDEL', KEYS[1], silent)
  redis.call('ZREM', KEYS[2], silent)
end
local beats = redis.call('HVALS', KEYS[1])
if #beats == 0 then
  return '[]'
end
return cjson.encode(beats)
