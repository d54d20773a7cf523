for r = 1, 20 do
  local parts = {}
  for i = 1, 50000 do parts[#parts+1] = "item" .. i .. "," end
  local s = table.concat(parts)
  local t = ""
  for i = 1, 2000 do t = t .. "x" .. i end
  local n = 0
  for i = 1, #s, 3 do if s:sub(i,i) == "e" then n = n + 1 end end
end
