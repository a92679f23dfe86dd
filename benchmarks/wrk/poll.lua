-- POLL: one poll after another, over all the device codes in the file DEVICE_CODES; each is pending.
-- FIRST is how many of them are passed over at the beginning.
-- PAUSE, in milliseconds, is what each connection waits between a response and its next poll: an open-loop trickle.
dofile(os.getenv("COMMON_LUA"))
local codes, path, head = lines_of("DEVICE_CODES"), os.getenv("TOKEN_PATH"), os.getenv("POLL_FORM")
local turn = tonumber(os.getenv("FIRST") or "0")
local pause = tonumber(os.getenv("PAUSE") or "0")

if pause > 0 then
  function delay() return math.random(0, 2 * pause) end
end

function request()
  turn = turn % #codes + 1
  return post(path, head .. codes[turn])
end

function response(status, headers, body)
  if status == 400 and body:find("authorization_pending", 1, true) then
    as_expected = as_expected + 1
  elseif status == 400 and body:find("slow_down", 1, true) then
    as_expected, slowed_down = as_expected + 1, slowed_down + 1
  else
    surprise(status, body)
  end
end
