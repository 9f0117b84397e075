-- KEYS: the mark of a database. ARGV: a kind of stage. The kind that the database belongs to: the one that came first.
if redis.call('SETNX', KEYS[1], ARGV[1]) == 1 then
  return ARGV[1]
end
return redis.call('GET', KEYS[1])
