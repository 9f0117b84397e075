-- KEYS: snapshot. ARGV: version that the store has now. 1 no copy is left; 0 the copy that is there has that version.
-- A load that is under way began before the change, maybe: another one may load, and the earlier one is refused by `least`.
local kept = redis.call('HMGET', KEYS[1], 'value', 'least')
local least = tonumber(kept[2] or '0')
if kept[1] and least >= tonumber(ARGV[1]) then
  return 0
end
redis.call('HDEL', KEYS[1], 'value', 'loaded_at', 'loader', 'load_until')
redis.call('HSET', KEYS[1], 'least', string.format('%d', math.max(least, tonumber(ARGV[1]))))
redis.call('EXPIRE', KEYS[1], 86400)
return 1
