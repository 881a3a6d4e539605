-- Sends the prepared requests of a file one after the other and looks into every answer.
-- Arguments: file (a line each: method, path, cookie, body, parted by tabs), host, token,
-- expected status, marker, and "fragment" where htmx asks.

local requests, position, wrong, missing, example = {}, 0, 0, 0, ""
local expected, marker

local function headers_of(method, cookie, host, token, kind)
  local headers = { ["Host"] = host }
  if cookie ~= "" then headers["Cookie"] = cookie end
  if method == "POST" then
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    headers["X-CSRFToken"] = token
    headers["Sec-Fetch-Site"] = "same-origin"
  end
  if kind == "fragment" then headers["HX-Request"] = "true" end
  return headers
end

function setup(thread)
  thread:set("answers", 0)
  the_thread = thread
end

function init(args)
  expected, marker = tonumber(args[4]), args[5]
  answers, good, wrapped = 0, 0, 0
  for line in io.lines(args[1]) do
    local method, path, cookie, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local headers = headers_of(method, cookie, args[2], args[3], args[6])
    if body == "" then body = nil end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
end

function request()
  position = position + 1
  if position > #requests then
    position, wrapped = 1, wrapped + 1
  end
  return requests[position]
end

function response(status, headers, body)
  answers = answers + 1
  if status == expected and body:find(marker, 1, true) then
    good = good + 1
  elseif not fault then
    fault = status .. " " .. body:sub(1, 300):gsub("[%c\"\\]", " ")
  end
end

function done(summary, latency, _)
  local t = the_thread
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %.4f, "good": %d, "answers": %d, "wrapped": %d, ' ..
    '"broken": %d, "p50": %.3f, "p95": %.3f, "worst": %.3f, "fault": "%s"}\n',
    summary.requests, summary.duration / 1e6, t:get("good"), t:get("answers"), t:get("wrapped"),
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency.max / 1e3,
    t:get("fault") or ""))
end
