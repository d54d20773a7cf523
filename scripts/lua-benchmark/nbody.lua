local sqrt = math.sqrt
local PI = math.pi
local SM = 4 * PI * PI
local DP = 365.24
local bodies = {
  {x=0,y=0,z=0,vx=0,vy=0,vz=0,mass=SM},
  {x=4.84,y=-1.16,z=-0.10,vx=0.00166*DP,vy=0.00769*DP,vz=-0.0000690*DP,mass=0.000954*SM},
  {x=8.34,y=4.12,z=-0.4,vx=-0.00276*DP,vy=0.00499*DP,vz=0.000023*DP,mass=0.000285*SM},
  {x=12.89,y=-15.11,z=-0.22,vx=0.00296*DP,vy=0.00237*DP,vz=-0.0000296*DP,mass=0.0000436*SM},
  {x=15.37,y=-25.9,z=0.179,vx=0.00268*DP,vy=0.00162*DP,vz=-0.0000951*DP,mass=0.0000515*SM}}
local function advance(bodies, nbody, dt)
  for i=1,nbody do
    local bi = bodies[i]
    local bix, biy, biz, bimass = bi.x, bi.y, bi.z, bi.mass
    local bivx, bivy, bivz = bi.vx, bi.vy, bi.vz
    for j=i+1,nbody do
      local bj = bodies[j]
      local dx, dy, dz = bix-bj.x, biy-bj.y, biz-bj.z
      local dist2 = dx*dx + dy*dy + dz*dz
      local mag = sqrt(dist2)
      mag = dt / (mag * dist2)
      local bm = bj.mass*mag
      bivx = bivx - (dx * bm) bivy = bivy - (dy * bm) bivz = bivz - (dz * bm)
      bm = bimass*mag
      bj.vx = bj.vx + (dx * bm) bj.vy = bj.vy + (dy * bm) bj.vz = bj.vz + (dz * bm)
    end
    bi.vx = bivx bi.vy = bivy bi.vz = bivz
    bi.x = bix + dt * bivx bi.y = biy + dt * bivy bi.z = biz + dt * bivz
  end
end
for i=1,400000 do advance(bodies, 5, 0.01) end
