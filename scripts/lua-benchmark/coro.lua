local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local s = 0
for r = 1, 50 do for v in gen(40000) do s = s + v end end
for r = 1, 100000 do local c = coroutine.create(function(a) local b = coroutine.yield(a) return b end) coroutine.resume(c, 1) coroutine.resume(c, 2) end
