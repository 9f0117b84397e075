-- KEYS: value. ARGV: what it must be (empty: nothing), what it becomes. 1 it was replaced, 0 it is another one by now.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2])
return 1
