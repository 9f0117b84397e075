-- Compare and set of a conversation (OP-27). KEYS: session. ARGV: version, takeovers, agent id, ttl in seconds, value.
-- 1: saved (or saved before). 0, refused: the stored version isn't older, or an agent wrote it that took the call over
-- from this one, or one that answered the same call without knowing of this one.
local stored = redis.call('GET', KEYS[1])
if stored and stored ~= ARGV[5] then
  local newest = cjson.decode(stored)
  local takeovers = tonumber(ARGV[2])
  local ours = newest.takeovers < takeovers or (newest.takeovers == takeovers and newest.agent_id == ARGV[3])
  if not ours or newest.version >= tonumber(ARGV[1]) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[5], 'EX', ARGV[4])
return 1
