local n = 0
for i = 1, 600000 do
  local s = string.format("%d %5.2f %s %x", i, i / 3, "abc", i)
  n = n + #s
  n = n + #tostring(i / 7) + tonumber("12" .. (i % 10))
end
