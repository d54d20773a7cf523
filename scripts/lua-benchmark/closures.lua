local function counter() local c = 0 return function(d) c = c + d return c end end
local x = 0
for i = 1, 1000000 do local f = counter() f(1) f(2) x = x + f(3) end
local function compose(f, g) return function(...) return f(g(...)) end end
local inc = function(a) return a + 1 end
local f = inc
for i = 1, 10 do f = compose(f, inc) end
for i = 1, 300000 do x = x + f(i) end
