-- What every script shares: reading files of codes, judging responses, and one line of JSON at the end.
-- A global of a thread can be read when it has ended; these are such globals.
as_expected, slowed_down, unexpected, first_unexpected = 0, 0, 0, ""

local threads = {}

function setup(thread) threads[#threads + 1] = thread end

function lines_of(variable)
  local lines = {}
  for line in io.lines(os.getenv(variable)) do lines[#lines + 1] = line end
  return lines
end

function member(body, name) return body:match('"' .. name .. '"%s*:%s*"([^"]+)"') end

function post(path, form) return wrk.format("POST", path, nil, form) end

function surprise(status, body)
  unexpected = unexpected + 1
  if first_unexpected == "" then
    first_unexpected = (status .. " " .. body:sub(1, 120)):gsub("[^%w %.,:;_/{}%-]", "'")
  end
end

-- A run that only collects ends when it has enough; wrk itself would go on to the end of its time.
function collected_all(lines, variable)
  local file = assert(io.open(os.getenv(variable), "w"))
  file:write(table.concat(lines, "\n"), "\n")
  file:close()
  os.exit(0)
end

function done(summary, latency, requests)
  local total = { as_expected = 0, slowed_down = 0, unexpected = 0 }
  local first = ""
  for _, thread in ipairs(threads) do
    for name, count in pairs(total) do total[name] = count + thread:get(name) end
    if first == "" then first = thread:get("first_unexpected") end
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"seconds": %.6f, "as_expected": %d, "slowed_down": %d, "unexpected": %d, "socket_errors": %d, '
      .. '"first_unexpected": "%s", "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f}\n',
    summary.duration / 1e6, total.as_expected, total.slowed_down, total.unexpected,
    errors.connect + errors.read + errors.write + errors.timeout, first,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end

wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
