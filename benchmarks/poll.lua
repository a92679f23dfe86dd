-- wrk: one poll after another, over all the device codes in the file that DEVICE_CODES names.
local codes = {}
for code in io.lines(os.getenv("DEVICE_CODES")) do codes[#codes + 1] = code end
local turn = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
local head = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=lobby-tv&device_code="
request = function()
  turn = turn + 1
  return wrk.format(nil, "/token", nil, head .. codes[turn % #codes + 1])
end
