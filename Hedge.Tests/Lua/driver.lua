-- Runs many programs in one process of lua5.1: reads "length newline text" from a file, and writes what each prints
-- with "length newline text" to another. A program that runs, prints or takes too much prints "too long" alone.
local input, output = assert(io.open(arg[1], "rb")), assert(io.open(arg[2], "wb"))
local globals = {}
for name, value in pairs(_G) do globals[name] = value end
for _, name in ipairs { "io", "debug", "package", "require", "module", "dofile", "loadfile", "arg" } do globals[name] = nil end

local instructions_max, instructions_per_check, text_max, kilobytes_max = 2000000, 1000, 1000000, 200000
local checks_left, stopped

-- Once a program has to stop, each instruction is an error, so that no pcall of it goes on. The first one behind it is
-- that of the driver's function.
local run
local function stop()
  stopped = true
  if debug.getinfo(2, "f").func == run then return debug.sethook() end
  debug.sethook(stop, "", 1)
  error("too long", 0)
end

local function check()
  checks_left = checks_left - 1
  if checks_left < 0 or collectgarbage("count") > kilobytes_max then stop() end
end

function run(chunk)
  checks_left, stopped = instructions_max / instructions_per_check, false
  debug.sethook(check, "", instructions_per_check)
  local ok, failure = pcall(chunk)
  debug.sethook()
  if collectgarbage("count") > kilobytes_max / 4 then collectgarbage() end
  return ok, failure
end

-- A coroutine has a hook of its own.
local function watched(make)
  return function(...)
    local body = ...
    if type(body) ~= "function" or debug.getinfo(body, "S").what == "C" then
      local name = debug.getinfo(1, "n").name or "?"
      error("bad argument #1 to '" .. name .. "' (Lua function expected)", 2)
    end
    return (make(function(...)
      debug.sethook(check, "", instructions_per_check)
      return body(...)
    end))
  end
end

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
  environment.coroutine = {}
  for name, value in pairs(coroutine) do environment.coroutine[name] = value end
  environment.coroutine.create = watched(coroutine.create)
  environment.coroutine.wrap = watched(coroutine.wrap)
  local printed = 0
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
    local line = table.concat(shown, "\t")
    lines[#lines + 1] = line
    printed = printed + #line + 1
    if printed > text_max then stop() end
  end
  function environment.key(value)
    return kinds[type(value)] and type(value) or value
  end
  local chunk, problem = loadstring(text, "=input")
  if chunk then
    setfenv(chunk, environment)
    local ok, failure = run(chunk)
    if not ok then lines[#lines + 1] = "error: " .. show(failure) end
  else
    stopped = false
    lines[#lines + 1] = problem
  end
  local all = stopped and "too long" or table.concat(lines, "\n")
  output:write(#all, "\n", all, "\n")
end
output:close()
