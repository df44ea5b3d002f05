import { redisKeyPattern, redisKeysOf } from './redis-keys';

describe('Redis keys', () => {
  it('namespace: a key contains the database namespace, the owner, the schema version and the id', () => {
    const keyOf = redisKeysOf('3f2a');
    expect(keyOf('cache', 'response', 2)).toBe('farmlokal:3f2a:cache:response:v2');
    expect(keyOf('webhook', 'ended', 2, 'evt-1')).toBe('farmlokal:3f2a:webhook:ended:v2:evt-1');
    expect(redisKeyPattern('3f2a')).toBe('farmlokal:3f2a:*');
  });
});
