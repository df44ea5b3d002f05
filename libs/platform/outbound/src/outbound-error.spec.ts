import { toOutboundError } from './outbound-error';

const withCode = (code: string) => Object.assign(new Error('secret.example:443'), { code });

describe('outbound error', () => {
  it.each([
    'UND_ERR_CONNECT_TIMEOUT',
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])('not-connected: %s, so that nothing was sent', (code) => {
    expect(toOutboundError(withCode(code), false)).toMatchObject({ failure: 'not-connected' });
  });

  it.each(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_HEADERS_OVERFLOW', 'XECONNREFUSED'])(
    'reset: %s before the response began',
    (code) => {
      expect(toOutboundError(withCode(code), false)).toMatchObject({ failure: 'reset' });
    },
  );

  it('not-connected: the code of the first of several addresses decides', () => {
    const error = new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNRESET')]);
    expect(toOutboundError(error, false)).toMatchObject({ failure: 'not-connected' });
  });

  it.each(['ECONNRESET', 'ECONNREFUSED'])('broken-off: %s after the response began', (code) => {
    expect(toOutboundError(withCode(code), true)).toMatchObject({ failure: 'broken-off' });
  });

  it('reset: an error without a code may have been sent', () => {
    expect(toOutboundError(new Error('anything'), false)).toMatchObject({ failure: 'reset' });
  });

  it('secrecy: the message has the code, not the address', () => {
    const { message } = toOutboundError(withCode('ECONNREFUSED'), false);
    expect(message).toBe('no connection (ECONNREFUSED)');
  });
});
