-- KEYS: snapshot. ARGV: loader. 1 another one may load now; 0 it wasn't this loader's turn.
if redis.call('HGET', KEYS[1], 'loader') ~= ARGV[1] then
  return 0
end
return redis.call('HDEL', KEYS[1], 'loader', 'load_until')
