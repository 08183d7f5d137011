#include "redis_store/log_scripts.h"

#include <string_view>

namespace lectern::redis {
namespace {

// What the log wrote is told from what others left in the same key by its form; see event_member.h.
constexpr std::string_view kMembers = R"lua(
local hex = '[0-9a-f]'
local uuid = hex:rep(8) .. '%-' .. (hex:rep(4) .. '%-'):rep(3) .. hex:rep(12)
local head = '^{"id":"' .. uuid .. '","type":"[^"]*","aggregateId":"'
local function is_event(member, version, aggregate)
  local tail = ',"version":' .. version .. '}'
  if not version:find('^%d+$') or member:sub(-#tail) ~= tail then return false end
  local _, at = member:find(head)
  local rest = aggregate .. '","payload":'
  if not at or member:sub(at + 1, at + #rest) ~= rest then return false end
  local before = member:sub(math.max(at + #rest, #member - #tail - 40), -#tail - 1)
  return before:find(',"timestamp":%-?%d+$') ~= nil
end
)lua";

// Positions are whole numbers below 2^53. An entry that is none of the log's counts for nothing.
constexpr std::string_view kOrder = R"lua(
local function entry_of(text, score)
  if not score:find('^%d+$') then return nil end
  local aggregate, version = text:match('^([0-9a-f-]+):(%d+)$')
  if not aggregate or #aggregate ~= 36 then return nil end
  return aggregate, version
end
local function last_position(order)
  local from, to = 0, 0
  while true do
    local page = redis.call('ZREVRANGE', order, from, to, 'WITHSCORES')
    if #page == 0 then return 0 end
    for i = 1, #page, 2 do
      if entry_of(page[i], page[i + 1]) then return tonumber(page[i + 1]) end
    end
    from, to = to + 1, to + 16
  end
end
)lua";

std::string concat(std::string_view members, std::string_view order, std::string_view body) {
  std::string script(members);
  script += order;
  script += body;
  return script;
}

}  // namespace

const std::string kAppendScript = concat(kMembers, kOrder, R"lua(
local events, order, keys = KEYS[1], KEYS[2], KEYS[3]
local fence, aggregate, expected, key, again, channel = unpack(ARGV, 1, 6)
if redis.call('GET', KEYS[4]) ~= fence then return {'stale'} end

-- The newest version for which visit(member) says that it is enough; 0: none.
local function newest(most, visit)
  local from, to = 0, 0
  while from < most do
    local page = redis.call('ZREVRANGE', events, from, to, 'WITHSCORES')
    if #page == 0 then return 0 end
    for i = 1, #page, 2 do
      if is_event(page[i], page[i + 1], aggregate) and visit(page[i]) then
        return tonumber(page[i + 1])
      end
    end
    from, to = to + 1, to + 16
  end
  return 0
end

if key ~= '' then
  local found = redis.call('HGET', keys, key)
  if found then
    local version, id = found:match('^(%d+) (.+)$')
    return {id == ARGV[7] and 'done' or 'repeated', version}
  end
elseif again == '1' then
  -- Sent a second or two ago; what was appended since is far less than that.
  local mine = '{"id":"' .. ARGV[7] .. '"'
  local found = newest(4096, function(member) return member:sub(1, #mine) == mine end)
  if found > 0 then return {'done', string.format('%.0f', found)} end
end

local version = newest(math.huge, function() return true end)
if expected ~= '' and expected ~= string.format('%.0f', version) then
  return {'conflict', string.format('%.0f', version)}
end
local first = string.format('%.0f', version + 1)
local position = last_position(order)
for i = 7, #ARGV, 2 do
  version = version + 1
  position = position + 1
  local number = string.format('%.0f', version)
  local member = ARGV[i + 1] .. number .. '}'
  redis.call('ZADD', events, number, member)
  redis.call('ZADD', order, string.format('%.0f', position), aggregate .. ':' .. number)
  redis.call('PUBLISH', channel, member)
end
if key ~= '' then redis.call('HSET', keys, key, first .. ' ' .. ARGV[7]) end
return {'done', first, string.format('%.0f', position)}
)lua");

const std::string kReadScript = concat(kMembers, "", R"lua(
local events, order = KEYS[1], KEYS[2]
local aggregate, from, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local answer, bytes, offset, last = {}, 0, 0, ''
while true do
  local page = redis.call('ZRANGEBYSCORE', events, from, '+inf', 'WITHSCORES', 'LIMIT', offset, 64)
  for i = 1, #page, 2 do
    local member, version = page[i], page[i + 1]
    if version ~= last and is_event(member, version, aggregate) then
      last = version
      answer[#answer + 1] = version
      answer[#answer + 1] = redis.call('ZSCORE', order, aggregate .. ':' .. version) or '0'
      answer[#answer + 1] = member
      bytes = bytes + #member
      if #answer >= 3 * most or bytes > 4000000 then return answer end
    end
  end
  if #page < 128 then return answer end
  offset = offset + 64
end
)lua");

const std::string kReadAllScript = concat(kMembers, kOrder, R"lua(
local answer, bytes = {}, 0
local page = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #page, 2 do
  local aggregate, version = entry_of(page[i], page[i + 1])
  local found = aggregate and '' or '-'
  if aggregate then
    for _, member in ipairs(redis.call('ZRANGEBYSCORE', ARGV[3] .. aggregate, version, version)) do
      if found == '' and is_event(member, version, aggregate) then found = member end
    end
  end
  answer[#answer + 1] = page[i + 1]
  answer[#answer + 1] = found
  bytes = bytes + #found
  if bytes > 4000000 then return answer end
end
return answer
)lua");

const std::string kEndScript = concat("", kOrder, R"lua(
return string.format('%.0f', last_position(KEYS[1]))
)lua");

}  // namespace lectern::redis
