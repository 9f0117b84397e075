-- KEYS: snapshot (hash: value, loaded_at, loader, load_until, least). ARGV: loader, how long a copy may be used and a load
-- may take, in milliseconds. The copy's age in milliseconds, a space and the copy; or `load`: the loader reads the store,
-- nobody else does meanwhile; or `wait`: another one does.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'value', 'loaded_at', 'loader', 'load_until')
if kept[1] and now - tonumber(kept[2]) < tonumber(ARGV[2]) then
  return string.format('%d %s', now - tonumber(kept[2]), kept[1])
end
if kept[3] and kept[3] ~= ARGV[1] and tonumber(kept[4]) > now then
  return 'wait'
end
redis.call('HSET', KEYS[1], 'loader', ARGV[1], 'load_until', string.format('%d', now + tonumber(ARGV[3])))
redis.call('EXPIRE', KEYS[1], 86400)
return 'load'
