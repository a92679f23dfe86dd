-- REFRESH: the refresh token of each response is the one of a later request; TOKENS has those to begin with.
dofile(os.getenv("COMMON_LUA"))
local tokens, path, head = lines_of("TOKENS"), os.getenv("TOKEN_PATH"), os.getenv("REFRESH_FORM")
local first, last = 1, #tokens

function request()
  local token = tokens[first] or "none-left"
  tokens[first] = nil
  first = first + 1
  return post(path, head .. token)
end

function response(status, headers, body)
  local token = status == 200 and member(body, "refresh_token")
  if not token then return surprise(status, body) end
  as_expected = as_expected + 1
  last = last + 1
  tokens[last] = token
end
