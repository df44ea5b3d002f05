/**
 * Runs every command that the service needs, on keys of its own, so that missing permissions are detected at startup
 * and not only when a feature silently skips its use of Redis.
 */
import { randomUUID } from 'node:crypto';
import type { RedisKeyOf } from '../redis-keys';
import { runDefined, type RedisScript } from '../redis-script.provider';
import { redisPolicy } from '../redis.policy';
import type { Connection } from './redis-connection.provider';
import { describeRefusal, toRefusal, type RedisRefusal } from './redis-errors';

/** The commands inside our scripts. Returns the first that fails, with its error. */
const CHECK_ALL: RedisScript = {
  numberOfKeys: 1,
  lua: `
    local key = KEYS[1]
    local steps = {
      { 'TIME' }, { 'TYPE', key }, { 'SET', key, 1, 'PX', ARGV[1] }, { 'GET', key }, { 'INCRBY', key, 1 },
      { 'PTTL', key }, { 'PEXPIRE', key, ARGV[1] }, { 'DEL', key },
      { 'HSET', key, 'field', 1 }, { 'HGET', key, 'field' }, { 'HMGET', key, 'field' }, { 'DEL', key },
    }
    for _, step in ipairs(steps) do
      local answer = redis.pcall(unpack(step))
      if type(answer) == 'table' and answer.err then return { step[1], answer.err } end
    end
    return nil`,
};

/** Returns the first refused command, or undefined. Throws if the connection fails. */
export async function checkCommands(connection: Connection, keyOf: RedisKeyOf): Promise<RedisRefusal | undefined> {
  const [key, scriptKey] = [randomUUID(), randomUUID()].map((id) => keyOf('redis', 'trial', 1, id)) as [string, string];
  const { checkKeyMs } = redisPolicy;
  const replies = await Promise.allSettled([
    connection.set(key, '1', 'PX', checkKeyMs, 'NX'),
    connection.get(key),
    connection.del(key),
    runDefined(connection, CHECK_ALL, [scriptKey], [checkKeyMs]),
    connection.publish(keyOf('redis', 'trial', 1), ''),
  ]);
  for (const reply of replies) {
    if (reply.status === 'fulfilled') continue;
    const refusal = toRefusal(reply.reason);
    if (refusal === undefined) throw reply.reason;
    return refusal;
  }
  const [, , , failedStep] = replies.map((reply) => (reply.status === 'fulfilled' ? reply.value : undefined));
  return Array.isArray(failedStep) ? describeRefusal(String(failedStep[0]), String(failedStep[1])) : undefined;
}
