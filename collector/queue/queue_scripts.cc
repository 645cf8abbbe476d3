#include "collector/queue/queue_scripts.h"

namespace alibi::queue {
namespace {

// ARGV of both: 1 session, 2 node, 3 its share, 4 lease in ms, 5 seconds that keys are kept, 6 ended units as
// "unit how,", 7 units as "unit,": of join those that are held, of step those that are given back.
constexpr const char* kCommon = R"lua(
if redis.replicate_commands then redis.replicate_commands() end
local call, K = redis.call, KEYS[1]
local S, node, share, lease, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function key(name) return K .. ':' .. name end
local function keep(name) call('EXPIRE', key(name), ttl) end
local function about(unit)
  local text = call('HGET', key('info'), unit)
  if not text then return nil end
  local home, weight = text:match('^(%d+) (%d+)$')
  return home, tonumber(weight)
end
local function count_free(home, weight, sign)
  call('HINCRBY', key('free'), 'units', sign)
  call('HINCRBY', key('free'), 'ms', sign * weight)
  call('HINCRBY', key('free'), home, sign * weight)
end
local function out_of_free(unit)
  local home, weight = about(unit)
  if not home or call('ZREM', key('free:' .. home), unit) == 0 then return nil end
  count_free(home, weight, -1)
  return weight
end
local function record(unit)
  call('RPUSH', key('rec:' .. node), unit)
  keep('rec:' .. node)
end
local function hold(unit)
  call('HSET', key('owner'), unit, S)
  call('SADD', key('held:' .. S), unit)
  keep('owner')
  keep('held:' .. S)
end
local function take(unit)
  hold(unit)
  record(unit)
end
-- Who had ended it before, nil when nobody had. The first end counts, whoever holds the lease by now: the unit
-- has been run.
local function finish(unit, how)
  local home = about(unit)
  if not home then return nil end
  local before = call('HGET', key('done'), unit)
  if before then return before:match('^(.*) %a+$') end
  call('HSET', key('done'), unit, node .. ' ' .. how)
  keep('done')
  out_of_free(unit)
  local owner = call('HGET', key('owner'), unit)
  if owner then
    call('SREM', key('held:' .. owner), unit)
    call('HDEL', key('owner'), unit)
  end
  if owner ~= S and how ~= 'elsewhere' then
    call('LREM', key('rec:' .. node), 0, unit)
    record(unit)
  end
  call('HINCRBY', key('open'), home, -1)
  call('RPUSH', key('log:' .. home), unit)
  keep('log:' .. home)
  return nil
end
local function release(unit, owner)
  call('SREM', key('held:' .. owner), unit)
  if call('HGET', key('owner'), unit) ~= owner then return end
  call('HDEL', key('owner'), unit)
  local who = call('HGET', key('node'), owner)
  if who then call('LREM', key('rec:' .. who), -1, unit) end
  local home, weight = about(unit)
  if home and call('HEXISTS', key('done'), unit) == 0 and call('ZADD', key('free:' .. home), unit, unit) == 1 then
    count_free(home, weight, 1)
    keep('free:' .. home)
  end
end
local function alive()
  call('ZADD', key('alive'), string.format('%d', now + lease), S)
  keep('alive')
end
)lua";

// 8 "1": a new process, "0": one that had joined before; 9 digits: units, nodes; then, only to fill the
// queue, per node "unit:weight,", and groups as "unit,unit,;".
constexpr const char* kJoin = R"lua(
local first = ARGV[8] == '1'
if call('EXISTS', key('meta')) == 0 then
  if not ARGV[11] then return {'fill'} end
  local nodes = tonumber(ARGV[10])
  call('HSET', key('meta'), 'units', ARGV[9], 'nodes', ARGV[10], 'at', string.format('%d', now))
  for n = 0, nodes - 1 do
    local open = 0
    for unit, weight in ARGV[11 + n]:gmatch('(%d+):(%d+),') do
      call('HSET', key('info'), unit, n .. ' ' .. weight)
      call('ZADD', key('free:' .. n), unit, unit)
      count_free(n, tonumber(weight), 1)
      open = open + 1
    end
    call('HSET', key('open'), n, open)
    keep('free:' .. n)
  end
  local number = 0
  for group in ARGV[11 + nodes]:gmatch('([%d,]+);') do
    number = number + 1
    call('HSET', key('members'), number, group)
    for unit in group:gmatch('%d+') do call('HSET', key('group'), unit, number) end
  end
  for _, name in ipairs({'meta', 'info', 'free', 'open', 'members', 'group'}) do keep(name) end
end
local old = call('HGET', key('cur'), node)
if old and old ~= S then
  if not first then return {'superseded'} end
  -- What the process before had claimed and not ended is this one's now.
  for _, unit in ipairs(call('SMEMBERS', key('held:' .. old))) do hold(unit) end
  call('DEL', key('held:' .. old))
  call('ZREM', key('alive'), old)
end
call('HSET', key('cur'), node, S)
call('HSET', key('node'), S, node)
call('SADD', key('joined'), share)
alive()
for _, name in ipairs({'cur', 'node', 'joined'}) do keep(name) end
local replay = {}
if first then replay = call('LRANGE', key('rec:' .. node), 0, -1) end
for unit, how in ARGV[6]:gmatch('(%d+) (%a+),') do finish(unit, how) end
local mine = {}
for unit in ARGV[7]:gmatch('%d+') do
  mine[unit] = true
  if call('HEXISTS', key('done'), unit) == 0 and not call('HGET', key('owner'), unit) and out_of_free(unit) then take(unit) end
end
-- Claims whose answer was lost: nobody runs them.
for _, unit in ipairs(replay) do mine[unit] = true end
for _, unit in ipairs(call('SMEMBERS', key('held:' .. S))) do
  if not mine[unit] then release(unit, S) end
end
return {'ok', table.concat(replay, ',')}
)lua";

// 8 budget in ms, "-1": claim nothing; 9 how many of the share's ends are known; 10 "1": the node leaves.
constexpr const char* kStep = R"lua(
if call('EXISTS', key('meta')) == 0 then return {'gone'} end
local twice = 0
for unit, how in ARGV[6]:gmatch('(%d+) (%a+),') do
  local before = finish(unit, how)
  if before and before ~= node then twice = twice + 1 end
end
local current = call('HGET', key('cur'), node)
if current and current ~= S then return {'superseded'} end
if not current or not call('ZSCORE', key('alive'), S) then return {'resume'} end
for unit in ARGV[7]:gmatch('%d+') do release(unit, S) end
if ARGV[10] == '1' then
  for _, unit in ipairs(call('SMEMBERS', key('held:' .. S))) do release(unit, S) end
  call('ZREM', key('alive'), S)
  return {'ok'}
end
alive()
for _, dead in ipairs(call('ZRANGEBYSCORE', key('alive'), '-inf', string.format('%d', now))) do
  for _, unit in ipairs(call('SMEMBERS', key('held:' .. dead))) do release(unit, dead) end
  call('ZREM', key('alive'), dead)
end
local budget, got, sum = tonumber(ARGV[8]), {}, 0
local function claim_from(home)
  while true do
    local unit = call('ZRANGE', key('free:' .. home), 0, 0)[1]
    if not unit then return end
    local _, weight = about(unit)
    if #got > 0 and sum + weight > budget then return end
    local group, members = call('HGET', key('group'), unit), unit
    if group then members = call('HGET', key('members'), group) end
    for member in members:gmatch('%d+') do
      local taken = out_of_free(member)
      if taken then
        take(member)
        got[#got + 1] = member
        sum = sum + taken
      end
    end
  end
end
if budget >= 0 then
  claim_from(share)
  if #got == 0 then
    -- Of the others' shares the one with most left; of a queue that is new only of those who are there, since
    -- what the others have done already may have been forgotten with the server's data.
    local at, most, from = tonumber(call('HGET', key('meta'), 'at')), 0, nil
    local free = call('HGETALL', key('free'))
    for i = 1, #free, 2 do
      local home, left = free[i], tonumber(free[i + 1])
      if home:match('^%d+$') and (left > most or (left == most and from and tonumber(home) < tonumber(from))) and left > 0
        and (now - at > lease or call('SISMEMBER', key('joined'), home) == 1) then
        most, from = left, home
      end
    end
    if from then claim_from(from) end
  end
end
local log = call('LRANGE', key('log:' .. share), ARGV[9], -1)
local units = tonumber(call('HGET', key('meta'), 'units'))
return {'ok', table.concat(got, ','), call('HGET', key('free'), 'units') or '0', call('HGET', key('free'), 'ms') or '0',
  call('HGET', key('open'), share) or '0', tostring(units - call('HLEN', key('done'))), table.concat(log, ','), tostring(twice)}
)lua";

}  // namespace

const std::string& join_script() {
  static const std::string script = std::string(kCommon) + kJoin;
  return script;
}

const std::string& step_script() {
  static const std::string script = std::string(kCommon) + kStep;
  return script;
}

}  // namespace alibi::queue
