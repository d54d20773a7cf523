local seed = 42
local function rnd() seed = (seed * 16807) % 2147483647 return seed end
for r = 1, 8 do
  local t = {}
  for i = 1, 60000 do table.insert(t, rnd() % 100000) end
  table.sort(t)
  table.sort(t, function(a, b) return a > b end)
  local h = {}
  for i = 1, 60000 do h["k" .. (i % 5000)] = i end
  local n = 0
  for k, v in pairs(h) do n = n + v end
  for i, v in ipairs(t) do n = n + v end
  while #t > 0 do table.remove(t) end
end
