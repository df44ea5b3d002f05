import fc from 'fast-check';
import { clientNetwork, outerNetwork } from './client-network';

describe('client network', () => {
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
  ])('rate limit key: %s is counted as %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  it.each(['', 'unknown', '203.0.113.7:4711', '999.1.1.1', '1.2.3.4, 5.6.7.8', '_hidden', '::1::'])(
    'rate limit key: %j is not an address',
    (text) => expect(clientNetwork(text)).toBeUndefined(),
  );

  it('IPv6 /64: all addresses of a /64 have one key, and other networks have another', () => {
    const group = fc.integer({ min: 1, max: 0xffff }).map((n) => n.toString(16));
    const half = fc.array(group, { minLength: 4, maxLength: 4 }).map((groups) => groups.join(':'));
    fc.assert(
      fc.property(half, half, half, half, (network, other, a, b) => {
        expect(clientNetwork(`${network}:${a}`)).toBe(clientNetwork(`${network}:${b}`));
        if (network !== other) expect(clientNetwork(`${network}:${a}`)).not.toBe(clientNetwork(`${other}:${a}`));
      }),
    );
  });

  it('IPv4-mapped IPv6: an IPv4 address has the same key in both notations', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => expect(clientNetwork(`::ffff:${address}`)).toBe(address)));
  });
});

describe('outer network', () => {
  it.each([
    ['2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:db8:0:0::/64', '2001:db8:0::/48'],
    ['203.0.113.7', undefined],
  ])('IPv6 /48: the outer network of %s is %s', (network, outer) => expect(outerNetwork(network)).toBe(outer));
});

it('rate limit key: a text that begins with an address but is too long is not an address', () => {
  expect(clientNetwork(`fe80::1%${'a'.repeat(10_000)}`)).toBeUndefined();
});
