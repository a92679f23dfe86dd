-- HEALTHZ: whether the server is well; PAUSE as in poll.lua.
dofile(os.getenv("COMMON_LUA"))
wrk.method, wrk.path = "GET", "/healthz"
local pause = tonumber(os.getenv("PAUSE") or "0")

if pause > 0 then
  function delay() return math.random(0, 2 * pause) end
end

function response(status, headers, body)
  if status == 200 then as_expected = as_expected + 1 else surprise(status, body) end
end
