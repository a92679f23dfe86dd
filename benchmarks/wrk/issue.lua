-- ISSUE: one device authorization after another; with COLLECT it ends after so many and writes their codes to DEVICE_CODES.
dofile(os.getenv("COMMON_LUA"))
wrk.method, wrk.path, wrk.body = "POST", os.getenv("DEVICE_AUTHORIZATION_PATH"), os.getenv("ISSUE_FORM")
local wanted, codes = tonumber(os.getenv("COLLECT") or "0"), {}

function response(status, headers, body)
  local code = status == 200 and member(body, "device_code")
  if not code then return surprise(status, body) end
  as_expected = as_expected + 1
  if wanted > 0 then
    codes[#codes + 1] = code
    if #codes == wanted then collected_all(codes, "DEVICE_CODES") end
  end
end
