import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { advance, TestClock, useVirtualTime } from '@testing/resilience';
import { authPolicy } from '../auth.policy';
import { partnerConfig } from '../testing';
import { ClientSecret } from './client-secret.reader';

describe('client secret', () => {
  useVirtualTime();
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const clientSecretFile = join(directory, 'secret');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('configuration: without a file, the configured secret is used', async () => {
    const secret = new ClientSecret(partnerConfig({ clientSecret: 'configured' }), new TestClock());
    expect(await secret.current()).toBe('configured');
  });

  it('file: its content without the line break is the secret', async () => {
    writeFileSync(clientSecretFile, ' first \n');
    expect(await setUp().current()).toBe(' first');
  });

  it('rotation: a replaced file is read after secretCheckMs, and no sooner', async () => {
    writeFileSync(clientSecretFile, 'first\n');
    const secret = setUp();
    await secret.current();
    writeFileSync(clientSecretFile, 'second\n');
    await advance(authPolicy.secretCheckMs - 1);
    expect(await secret.current()).toBe('first');
    await advance(1);
    expect(await secret.current()).toBe('second');
  });

  it.each([
    ['missing', () => rmSync(clientSecretFile)],
    ['empty', () => writeFileSync(clientSecretFile, '\n')],
  ])('rotation: while the file is %s, the previous secret is used', async (_, damage) => {
    writeFileSync(clientSecretFile, 'first\n');
    const secret = setUp();
    await secret.current();
    damage();
    await advance(authPolicy.secretCheckMs);
    expect(await secret.current()).toBe('first');
  });

  function setUp(): ClientSecret {
    return new ClientSecret(partnerConfig({ clientSecretFile }), new TestClock());
  }
});
