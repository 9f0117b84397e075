-- KEYS: copy. Its text, or nil.
local text = redis.call('HGET', KEYS[1], 'text')
if text == '' then
  return false
end
return text
