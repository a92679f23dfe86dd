-- PAIR: issue, approve, token; what is begun is finished first. With COLLECT it ends after so many pairings and writes the
-- token that TOKEN_MEMBER names, of each, to TOKENS.
dofile(os.getenv("COMMON_LUA"))
local authorization, token = os.getenv("DEVICE_AUTHORIZATION_PATH"), os.getenv("TOKEN_PATH")
local approve = os.getenv("APPROVE_PATH")
local issue_form, poll_form = os.getenv("ISSUE_FORM"), os.getenv("POLL_FORM")
local wanted, wanted_member = tonumber(os.getenv("COLLECT") or "0"), os.getenv("TOKEN_MEMBER")
local device_codes, to_approve, to_redeem, tokens = {}, {}, {}, {}

function request()
  local code = table.remove(to_redeem)
  if code then return post(token, poll_form .. code) end
  code = table.remove(to_approve)
  if code then return post(approve, "user_code=" .. code) end
  return post(authorization, issue_form)
end

function response(status, headers, body)
  if status ~= 200 then return surprise(status, body) end
  local device_code, approved = member(body, "device_code"), member(body, "approved")
  if device_code then
    local user_code = member(body, "user_code")
    device_codes[user_code] = device_code
    to_approve[#to_approve + 1] = user_code
  elseif approved then
    to_redeem[#to_redeem + 1] = device_codes[approved]
  elseif member(body, "access_token") and member(body, "refresh_token") then
    as_expected = as_expected + 1
    if wanted > 0 then
      tokens[#tokens + 1] = member(body, wanted_member)
      if #tokens == wanted then collected_all(tokens, "TOKENS") end
    end
  else
    surprise(status, body)
  end
end
