import { forwardedAddresses } from './forwarded-addresses';

it.each([
  ['198.51.100.2', ['198.51.100.2']],
  ['203.0.113.7, 198.51.100.2', ['198.51.100.2', '203.0.113.7']],
  ['198.51.100.2:52123', ['198.51.100.2']],
  ['2001:db8::1', ['2001:db8::1']],
  ['[2001:db8::1]', ['2001:db8::1']],
  ['[2001:db8::1]:4711', ['2001:db8::1']],
  ['"[2001:db8::1]:4711"', ['2001:db8::1']],
  ['"198.51.100.2"', ['198.51.100.2']],
  ['fe80::1%eth0', ['fe80::1']],
  ['[fe80::1%25eth0]:80', ['fe80::1']],
  ['::ffff:198.51.100.2', ['::ffff:198.51.100.2']],
  ['a ,,198.51.100.2,', ['198.51.100.2', undefined]],
  ['unknown, _hidden', [undefined, undefined]],
  ['198.51.100.2:port', [undefined]],
  ['[198.51.100.2', [undefined]],
  ['1'.repeat(10_000), [undefined]],
  ['', []],
])('X-Forwarded-For: %j contains the addresses %j', (header, addresses) => {
  expect([...forwardedAddresses(header)]).toEqual(addresses);
});
