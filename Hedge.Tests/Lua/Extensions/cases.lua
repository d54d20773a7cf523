-- Runs each of ARGV as the body of a function, and returns a line for each: whether it ended well, and its results or
-- its error. Tables are shown in the order of pairs, except those that have tables as keys: their order is by chance.
local function quote(text)
  return '"' .. text:gsub('[^ !#-~]', function(c) return string.format('\\%03d', c:byte()) end) .. '"'
end

local function show(value, depth)
  local kind = type(value)
  if kind == 'string' then return quote(value) end
  if kind == 'number' then return string.format('%.17g', value) end
  if kind == 'nil' or kind == 'boolean' then return tostring(value) end
  if kind ~= 'table' then return kind end
  if depth == 40 then return '...' end
  local parts, by_chance = {}, false
  for key, inner in pairs(value) do
    by_chance = by_chance or type(key) == 'table'
    parts[#parts + 1] = '[' .. show(key, depth + 1) .. ']=' .. show(inner, depth + 1)
  end
  if by_chance then table.sort(parts) end
  return '{' .. table.concat(parts, ',') .. '}'
end

local function line(...)
  local count = select('#', ...)
  local parts = {count - 1}
  for i = 1, math.min(count, 12) do parts[#parts + 1] = show((select(i, ...)), 0) end
  return table.concat(parts, ' ')
end

local lines = {}
for i = 1, #ARGV do
  local body, problem = loadstring(ARGV[i])
  lines[i] = body and line(pcall(body)) or problem
end
return table.concat(lines, '\n')
