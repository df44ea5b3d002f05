import fc from 'fast-check';
import { clientNetwork, outerNetwork } from './client-network';

describe('a client is counted', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
  ])('from %s as %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  it.each(['', 'unknown', '203.0.113.7:4711', '999.1.1.1', '1.2.3.4, 5.6.7.8', '_hidden', '::1::'])(
    'not at all from %j',
    (text) => expect(clientNetwork(text)).toBeUndefined(),
  );

  it('alike from all addresses of a /64, and from no other', () => {
    const group = fc.integer({ min: 1, max: 0xffff }).map((n) => n.toString(16));
    const half = fc.array(group, { minLength: 4, maxLength: 4 }).map((groups) => groups.join(':'));
    fc.assert(
      fc.property(half, half, half, half, (network, other, a, b) => {
        expect(clientNetwork(`${network}:${a}`)).toBe(clientNetwork(`${network}:${b}`));
        if (network !== other) expect(clientNetwork(`${network}:${a}`)).not.toBe(clientNetwork(`${other}:${a}`));
      }),
    );
  });

  it('by the same name however an IPv4 address is written', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => expect(clientNetwork(`::ffff:${address}`)).toBe(address)));
  });
});

describe('the network around it', () => {
  it.each([
    ['2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:db8:0:0::/64', '2001:db8:0::/48'],
    ['203.0.113.7', undefined],
  ])('of %s is %s', (network, outer) => expect(outerNetwork(network)).toBe(outer));
});

it('text longer than an address is none, though it begins with one', () => {
  expect(clientNetwork(`fe80::1%${'a'.repeat(10_000)}`)).toBeUndefined();
});
