local Account = {} Account.__index = Account
function Account.new(b) return setmetatable({balance = b}, Account) end
function Account:deposit(v) self.balance = self.balance + v end
function Account:get() return self.balance end
local Special = setmetatable({}, {__index = Account}) Special.__index = Special
function Special.new(b) local a = Account.new(b) return setmetatable(a, Special) end
function Special:bonus() self:deposit(1) end
for i = 1, 300 do
  local a, s = Account.new(0), Special.new(0)
  for j = 1, 10000 do a:deposit(j) s:bonus() s:get() end
end
for i = 1, 1000000 do local a = Account.new(i) a:deposit(1) end
