#include "redis_store/account_scripts.h"

#include <string_view>

namespace lectern::redis::scripts {
namespace {

constexpr std::string_view kShared = R"lua(
local prefix = ARGV[1]
local function key(kind, id) return prefix .. kind .. ':' .. id end
local function tell(what) redis.call('PUBLISH', prefix .. 'revocations', what) end

-- A list whose members stay until `at`, never shorter; it ends with its last member.
local function keep(list, member, at)
  redis.call('ZADD', prefix .. list, 'GT', at, member)
  local last = redis.call('ZRANGE', prefix .. list, -1, -1, 'WITHSCORES')
  redis.call('PEXPIREAT', prefix .. list, last[2])
end

local function raise(user, now)
  local number = string.format('%.0f', redis.call('INCR', key('user_epoch', user)))
  redis.call('HSET', prefix .. 'user_epochs', user, number .. ' ' .. now)
  redis.call('DEL', key('user_tokens', user))
  tell('epoch ' .. number .. ' ' .. now .. ' ' .. user)
  return {'done', number, now}
end

local function revoke_family(family, at)
  keep('revoked_families', family, at)
  tell('family ' .. at .. ' ' .. family)
end

local function add_token(id, user, family, hash, epoch, expires)
  local token, tokens, last = key('refresh_token', id), key('user_tokens', user), key('refresh_family', family)
  if redis.call('EXISTS', token) == 1 then return false end
  redis.call('HSET', token, 'user', user, 'family', family, 'hash', hash, 'epoch', epoch,
             'expires', expires)
  redis.call('PEXPIREAT', token, expires)
  redis.call('ZREMRANGEBYSCORE', tokens, '-inf', redis.call('TIME')[1] .. '000')
  redis.call('ZADD', tokens, expires, id)
  redis.call('PEXPIREAT', tokens, redis.call('ZRANGE', tokens, -1, -1, 'WITHSCORES')[2])
  if tonumber(redis.call('GET', last) or '0') < tonumber(expires) then
    redis.call('SET', last, expires, 'PXAT', expires)
  end
  return true
end
)lua";

std::string with_shared(std::string_view body) {
  std::string script(kShared);
  script += body;
  return script;
}

}  // namespace

const std::string kCreateAccount = with_shared(R"lua(
local account = key('account', ARGV[2])
if redis.call('EXISTS', account) == 1 or
   redis.call('HSETNX', prefix .. 'account_names', ARGV[3], ARGV[2]) == 0 then return {'taken'} end
redis.call('HSET', account, 'lower_name', ARGV[3], 'name', ARGV[4], 'role', ARGV[5],
           'password_hash', ARGV[6], 'disabled', ARGV[7], 'created_at', ARGV[8])
return {'done'}
)lua");

const std::string kChangeAccount = with_shared(R"lua(
local user, field, value, now = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local account = key('account', user)
local name = redis.call('HGET', account, 'lower_name')
if not name then return {'not_found'} end
if field == 'remove' then
  redis.call('DEL', account, key('known_addresses', user))
  redis.call('HDEL', prefix .. 'account_names', name)
else
  redis.call('HSET', account, field, value)
  if field == 'disabled' then tell('disabled ' .. user) end
end
return raise(user, now)
)lua");

const std::string kSetField = with_shared(R"lua(
local account = key('account', ARGV[2])
if redis.call('EXISTS', account) == 0 then return {'not_found'} end
redis.call('HSET', account, ARGV[3], ARGV[4])
if ARGV[3] == 'disabled' then tell('enabled ' .. ARGV[2]) end
return {'done'}
)lua");

const std::string kReadAccounts = with_shared(R"lua(
local answer = {'done'}
for i = 2, #ARGV do
  local row = redis.call('HMGET', key('account', ARGV[i]), 'name', 'role', 'password_hash',
                         'disabled', 'created_at')
  if row[1] then
    answer[#answer + 1] = ARGV[i]
    for j = 1, 5 do answer[#answer + 1] = row[j] end
  end
end
return answer
)lua");

const std::string kAddToken = with_shared(R"lua(
return {add_token(unpack(ARGV, 2)) and 'done' or 'exists'}
)lua");

const std::string kRotate = with_shared(R"lua(
local id, hash, now, grace = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local token = key('refresh_token', id)
local user, family, known, epoch, expires, used_at, successor = unpack(redis.call(
  'HMGET', token, 'user', 'family', 'hash', 'epoch', 'expires', 'used_at', 'successor'))
if not user or known ~= hash or tonumber(expires) <= now then return {'unknown'} end
if redis.call('ZSCORE', prefix .. 'revoked_families', family) or
   tonumber(redis.call('GET', key('user_epoch', user)) or '0') > tonumber(epoch) then
  return {'revoked'}
end
if used_at then
  local successor_used = redis.call('HEXISTS', key('refresh_token', successor), 'used_at') == 1
  if not successor_used and now - tonumber(used_at) <= grace then return {'repeated'} end
  revoke_family(family, redis.call('GET', key('refresh_family', family)) or expires)
  return {'family_revoked'}
end
if not add_token(unpack(ARGV, 6)) then return {'unavailable'} end
redis.call('HSET', token, 'used_at', ARGV[4], 'successor', ARGV[6])
redis.call('ZREM', key('user_tokens', user), id)
return {'rotated'}
)lua");

const std::string kRaiseEpoch = with_shared(R"lua(
return raise(ARGV[2], ARGV[3])
)lua");

const std::string kRevokeSession = with_shared(R"lua(
local jti, family = ARGV[2], ARGV[4]
keep('blacklist', jti, ARGV[3])
local at = redis.call('ZSCORE', prefix .. 'blacklist', jti)
if at then
  redis.call('SET', key('blacklist', jti), '1', 'PXAT', at)
  tell('token ' .. at .. ' ' .. jti)
end
if family ~= '' then revoke_family(family, ARGV[5]) end
return {'done'}
)lua");

const std::string kPrune = with_shared(R"lua(
redis.call('ZREMRANGEBYSCORE', prefix .. 'blacklist', '-inf', ARGV[2])
redis.call('ZREMRANGEBYSCORE', prefix .. 'revoked_families', '-inf', ARGV[2])
return {'done'}
)lua");

const std::string kRememberAddress = with_shared(R"lua(
if redis.call('EXISTS', key('account', ARGV[2])) == 0 then return {'done'} end
local addresses = key('known_addresses', ARGV[2])
redis.call('ZADD', addresses, ARGV[4], ARGV[3])
redis.call('ZREMRANGEBYRANK', addresses, 0, -tonumber(ARGV[5]) - 1)
return {'done'}
)lua");

const std::string kReadAddresses = with_shared(R"lua(
local answer = {'done'}
for i = 2, #ARGV do
  local name = redis.call('HGET', key('account', ARGV[i]), 'name')
  local addresses = name and redis.call('ZRANGE', key('known_addresses', ARGV[i]), 0, -1) or {}
  for _, address in ipairs(addresses) do
    answer[#answer + 1] = name
    answer[#answer + 1] = address
  end
end
return answer
)lua");

const std::string kAddAudit = with_shared(R"lua(
local audit, failures = prefix .. 'audit', prefix .. 'audit_failures'
for i = 4, #ARGV, 6 do
  local id = string.format('%.0f', redis.call('INCR', prefix .. 'audit_id'))
  redis.call('XADD', audit, id .. '-0', 'at', ARGV[i], 'type', ARGV[i + 1], 'actor', ARGV[i + 2],
             'subject', ARGV[i + 3], 'address', ARGV[i + 4], 'detail', ARGV[i + 5])
  if ARGV[i + 1] == 'login_failed' then redis.call('ZADD', failures, id, id) end
end
local too_many = redis.call('ZCARD', failures) - tonumber(ARGV[3])
if too_many > 0 then
  for i, id in ipairs(redis.call('ZPOPMIN', failures, too_many)) do
    if i % 2 == 1 then redis.call('XDEL', audit, id .. '-0') end
  end
end
redis.call('XTRIM', audit, 'MAXLEN', ARGV[2])
return {'done'}
)lua");

}  // namespace lectern::redis::scripts
