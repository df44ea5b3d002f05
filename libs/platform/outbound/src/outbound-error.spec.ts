import { toOutboundError } from './outbound-error';

const errorWithCode = (code: string) => Object.assign(new Error('secret.example:443'), { code });

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
  ])('not-connected: %s means that nothing was sent', (code) => {
    expect(toOutboundError(errorWithCode(code), false)).toMatchObject({ failure: 'not-connected' });
  });

  it.each(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_HEADERS_OVERFLOW', 'XECONNREFUSED'])(
    'reset: %s before the response began',
    (code) => {
      expect(toOutboundError(errorWithCode(code), false)).toMatchObject({ failure: 'reset' });
    },
  );

  it('not-connected: with several addresses the error code of the first one decides', () => {
    const error = new AggregateError([errorWithCode('ECONNREFUSED'), errorWithCode('ECONNRESET')]);
    expect(toOutboundError(error, false)).toMatchObject({ failure: 'not-connected' });
  });

  it.each(['ECONNRESET', 'ECONNREFUSED'])('truncated: %s after the response began', (code) => {
    expect(toOutboundError(errorWithCode(code), true)).toMatchObject({ failure: 'truncated' });
  });

  it('reset: after an error without a code the request may have been sent', () => {
    expect(toOutboundError(new Error('anything'), false)).toMatchObject({ failure: 'reset' });
  });

  it('redaction: the message has the error code, not the address', () => {
    const { message } = toOutboundError(errorWithCode('ECONNREFUSED'), false);
    expect(message).toBe('no connection (ECONNREFUSED)');
  });
});
