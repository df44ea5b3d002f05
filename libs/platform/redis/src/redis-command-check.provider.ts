/**
 * Tries every command that the service needs, on keys of its own, so that missing permissions are known from the start and
 * not only when a feature quietly does without them.
 */
import { randomUUID } from 'node:crypto';
import type { Connection } from './redis-connection.provider';
import { describeRefusal, toRefusal, type RedisRefusal } from './redis-errors';
import type { RedisKeyOf } from './redis-keys';
import { redisPolicy } from './redis.policy';
import { runDefined, type RedisScript } from './redis-script.provider';

/** The commands inside our scripts; returns the first that fails, with the error. */
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

/** Undefined if the server carries out all of them. Throws what the connection fails with. */
export async function checkCommands(connection: Connection, keyOf: RedisKeyOf): Promise<RedisRefusal | undefined> {
  const [key, scriptKey] = [randomUUID(), randomUUID()].map((id) => keyOf('redis', 'trial', 1, id)) as [string, string];
  const { trialKeyMs } = redisPolicy;
  const answers = await Promise.allSettled([
    connection.set(key, '1', 'PX', trialKeyMs, 'NX'),
    connection.get(key),
    connection.del(key),
    runDefined(connection, CHECK_ALL, [scriptKey], [trialKeyMs]),
    connection.publish(keyOf('redis', 'trial', 1), ''),
  ]);
  for (const answer of answers) {
    if (answer.status === 'fulfilled') continue;
    const refusal = toRefusal(answer.reason);
    if (refusal === undefined) throw answer.reason;
    return refusal;
  }
  const [, , , failedStep] = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
  return Array.isArray(failedStep) ? describeRefusal(String(failedStep[0]), String(failedStep[1])) : undefined;
}
