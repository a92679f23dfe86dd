-- INTROSPECT: one look at an access token after another (RFC 7662), over those in TOKENS; each is active.
dofile(os.getenv("COMMON_LUA"))
local tokens, turn, path = lines_of("TOKENS"), 0, os.getenv("INTROSPECTION_PATH")
wrk.headers["Authorization"] = os.getenv("AUTHORIZATION")

function request()
  turn = turn % #tokens + 1
  return post(path, "token=" .. tokens[turn])
end

function response(status, headers, body)
  if status == 200 and body:find('"active":%s*true') then as_expected = as_expected + 1 else surprise(status, body) end
end
