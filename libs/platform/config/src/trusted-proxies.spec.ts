import { parseTrustedProxies } from './trusted-proxies';

describe('TRUST_PROXY', () => {
  it.each([
    ['none', false],
    ['1', 1],
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8, fd00::/8,loopback', ['10.0.0.0/8', 'fd00::/8', 'loopback']],
  ])('trusted proxies: %s is parsed', (text, expected) => {
    expect(parseTrustedProxies(text)).toEqual(expected);
  });

  it.each(['true', '0', '99', '*', '10.0.0.0/33', '10.0.0.0/0', '10.0.0/8', 'proxy.local', '10.0.0.1,', '::/0'])(
    'trusted proxies: %s is refused',
    (text) => {
      expect(parseTrustedProxies(text)).toBeUndefined();
    },
  );
});
