-- The question that HAProxy asks orglogin about a request for the app: http-request lua.orglogin ADDRESS
--
-- After a 200 the request goes on with the identity that the answer carries, and without the session cookie. Every other answer
-- (302 to the login, 401, the pages of 403 and 404, 503) goes back to the browser. It needs HAProxy's own HTTP client alone.

local identity = {
	"remote-user", "remote-email", "remote-name", "remote-groups",
	"x-auth-request-user", "x-auth-request-email", "x-auth-request-groups",
	"x-org-id", "x-org-slug", "x-org-role", "x-session-id", "x-auth-connection", "x-auth-degraded", "authorization",
}

-- Only these headers of the browser go into the question, so that none of them can name another URL.
local asked_with = { "accept", "accept-language", "origin", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site" }

-- What belongs to the connection with orglogin, or is said anew to the browser.
local not_passed_on = {
	["connection"] = true, ["keep-alive"] = true, ["transfer-encoding"] = true, ["content-length"] = true, ["upgrade"] = true,
	["te"] = true, ["trailer"] = true, ["proxy-authenticate"] = true, ["proxy-connection"] = true,
}
for _, name in ipairs(identity) do
	not_passed_on[name] = true
end

-- values returns the lines of a header; HAProxy counts them from 0.
local function values(headers, name)
	local all = {}
	local lines = headers[name]
	if lines then
		for i = 0, #lines do
			all[#all + 1] = lines[i]
		end
	end
	return all
end

local function reply(txn, status, headers, body)
	if txn.sf:method() == "HEAD" then
		body = ""
	end
	txn:done(txn:reply({ status = status, headers = headers, body = body }))
end

local function unavailable(txn)
	reply(txn, 503, {
		["content-type"] = { "text/plain" }, ["cache-control"] = { "no-store" }, ["retry-after"] = { "5" },
	}, "The login service does not answer. Nothing was changed; try again in a moment.\n")
end

-- without_session returns the cookies for the app, which needs to know who the person is, not to be able to act as them.
local function without_session(cookies)
	local kept = {}
	for cookie in cookies:gmatch("[^;]+") do
		cookie = cookie:match("^%s*(.-)%s*$")
		if cookie ~= "" and cookie:sub(1, 16) ~= "__Secure-session" then
			kept[#kept + 1] = cookie
		end
	end
	return table.concat(kept, "; ")
end

-- has_control says whether a header holds a control character, which HAProxy 2.6 passes on and servers read in different ways.
local function has_control(headers)
	for _, lines in pairs(headers) do
		for _, value in pairs(lines) do
			if value:find("[%z\1-\8\10-\31\127]") then
				return true
			end
		end
	end
	return false
end

core.register_action("orglogin", { "http-req" }, function(txn, address)
	local asked = txn.http:req_get_headers()
	if has_control(asked) then
		return reply(txn, 400, { ["content-type"] = { "text/plain" } }, "A header of the request holds a control character.\n")
	end
	local cookies = table.concat(values(asked, "cookie"), "; ")
	local question = {
		["cookie"] = { cookies },
		["x-forwarded-for"] = { txn.sf:src() },
		["x-forwarded-proto"] = { txn.sf:var("txn.scheme") },
		["x-forwarded-host"] = values(asked, "host"),
		["x-forwarded-uri"] = { txn.sf:pathq() },
		["x-forwarded-method"] = { txn.sf:method() },
	}
	for _, name in ipairs(asked_with) do
		question[name] = values(asked, name)
	end

	local answer = core.httpclient():get({ url = "http://" .. address .. "/auth/forward", headers = question, timeout = 5000 })
	local status = answer and answer.status or 0
	if status < 200 or status == 500 or status == 502 or status == 504 then
		return unavailable(txn)
	end
	local headers = answer.headers or {}
	if status ~= 200 then
		local passed = {}
		for name in pairs(headers) do
			if not not_passed_on[name] then
				passed[name] = values(headers, name)
			end
		end
		if status == 503 and not passed["retry-after"] then
			passed["retry-after"] = { "5" }
			passed["cache-control"] = { "no-store" }
		end
		return reply(txn, status, passed, answer.body or "")
	end

	for _, name in ipairs(identity) do
		txn.http:req_set_header(name, values(headers, name)[1] or "")
	end
	local kept = without_session(cookies)
	txn.http:req_del_header("cookie")
	if kept ~= "" then
		txn.http:req_set_header("cookie", kept)
	end
end, 1)
