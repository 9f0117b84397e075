-- KEYS: snapshot. ARGV: loader, version, value. 1 kept; 0 refused: a change with a later version is known, which this copy
-- may lack. The loader's turn is over either way.
if redis.call('HGET', KEYS[1], 'loader') == ARGV[1] then
  redis.call('HDEL', KEYS[1], 'loader', 'load_until')
end
local least = tonumber(redis.call('HGET', KEYS[1], 'least') or '0')
if tonumber(ARGV[2]) < least then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'value', ARGV[3], 'loaded_at', string.format('%d', now), 'least', ARGV[2])
redis.call('EXPIRE', KEYS[1], 86400)
return 1
