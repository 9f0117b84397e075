-- KEYS: lease. ARGV: how its holder's name begins, the most that is left of it in milliseconds. How many were broken: of a
-- living holder more is left, as it has renewed the lease since.
local holder = redis.call('GET', KEYS[1])
if not holder or string.sub(holder, 1, #ARGV[1]) ~= ARGV[1] or redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then
  return 0
end
return redis.call('DEL', KEYS[1])
