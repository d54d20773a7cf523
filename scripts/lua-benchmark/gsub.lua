local text = ("The quick brown fox jumps over the lazy dog. "):rep(200)
for r = 1, 150 do
  local a = text:gsub("%w+", string.upper)
  local b = text:gsub("o", "0")
  local c = 0
  for w in text:gmatch("%a+") do c = c + #w end
  local d = text:find("nothere", 1, true)
  local e = text:gsub("(%w+) (%w+)", "%2 %1")
end
