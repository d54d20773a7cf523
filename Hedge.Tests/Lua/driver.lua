-- Runs many programs in one process of lua5.1: reads "length newline text" from a file, and writes what each prints
-- with "length newline text" to another.
local input, output = assert(io.open(arg[1], "rb")), assert(io.open(arg[2], "wb"))
local globals = {}
for name, value in pairs(_G) do globals[name] = value end
for _, name in ipairs { "io", "debug", "package", "require", "module", "dofile", "loadfile", "arg" } do globals[name] = nil end

local kinds = { table = true, ["function"] = true, thread = true, userdata = true }

while true do
  local length = input:read("*n")
  if not length then break end
  input:read(1)
  local text = length > 0 and input:read(length) or ""
  local lines = {}
  local environment = {}
  for name, value in pairs(globals) do environment[name] = value end
  environment._G = environment
  local function show(value)
    if kinds[type(value)] then
      local metatable = getmetatable(value)
      if type(metatable) ~= "table" or not rawget(metatable, "__tostring") then return type(value) end
    end
    return tostring(value)
  end
  function environment.print(...)
    local shown = {}
    for i = 1, select("#", ...) do shown[i] = show((select(i, ...))) end
    lines[#lines + 1] = table.concat(shown, "\t")
  end
  function environment.key(value)
    return kinds[type(value)] and type(value) or value
  end
  local chunk, problem = loadstring(text, "=input")
  if chunk then
    setfenv(chunk, environment)
    debug.sethook(function() error("too long", 0) end, "", 5000000)
    local ok, failure = pcall(chunk)
    debug.sethook()
    if not ok then lines[#lines + 1] = "error: " .. show(failure) end
  else
    lines[#lines + 1] = problem
  end
  local all = table.concat(lines, "\n")
  output:write(#all, "\n", all, "\n")
end
output:close()
