import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { isSigned, isTimely, type SignedMessage } from './webhook-signature';

const NOW = 1_795_623_626;
const secretOf = (fill: number) => Buffer.alloc(24, fill);
const [current, next, foreign] = [secretOf(1), secretOf(2), secretOf(3)];

/** Signs with the reference library of the specification. */
function sign(secret: Buffer, id: string, seconds: number, body: string): string {
  return new Webhook(secret.toString('base64')).sign(id, new Date(seconds * 1_000), body);
}

function aMessage(differing: Partial<SignedMessage> = {}): SignedMessage {
  const body = '{"event":"order.updated"}';
  const signature = sign(current, 'evt_1', NOW, body);
  return { id: 'evt_1', timestamp: String(NOW), signature, body: Buffer.from(body), ...differing };
}

const verify = (message: SignedMessage, secrets: readonly Buffer[] = [current]) => isSigned(message, secrets);

describe('webhook signature', () => {
  it('Standard Webhooks: the example of the specification is accepted', () => {
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: '1614265330',
      signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      body: Buffer.from('{"test": 2432232314}'),
    };
    const secrets = [Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')];
    expect(isSigned(message, secrets)).toBe(true);
  });

  it('Standard Webhooks: signatures of the reference library are valid for their id and body only', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        (id, body, bytes) => {
          const secret = Buffer.from(bytes);
          const message = {
            id,
            timestamp: String(NOW),
            signature: sign(secret, id, NOW, body),
            body: Buffer.from(body),
          };
          expect(verify(message, [secret])).toBe(true);
          expect(verify({ ...message, body: Buffer.from(`${body} `) }, [secret])).toBe(false);
          expect(verify({ ...message, id: `${id}.` }, [secret])).toBe(false);
        },
      ),
    );
  });

  it('key rotation: a signature by any configured secret is accepted, by another secret rejected', () => {
    const signedByNext = aMessage({ signature: sign(next, 'evt_1', NOW, '{"event":"order.updated"}') });
    expect([verify(aMessage(), [current, next]), verify(signedByNext, [current, next])]).toEqual([true, true]);
    expect(verify(signedByNext, [current])).toBe(false);
    expect(verify(aMessage(), [foreign, next])).toBe(false);
  });

  it('multiple signatures: one valid signature among many suffices', () => {
    const { signature } = aMessage();
    const others = Array.from({ length: 50 }, (_, at) => sign(secretOf(50 + at), 'evt_1', NOW, ''));
    expect(verify(aMessage({ signature: [...others, `v1a,${'A'.repeat(88)}`, signature].join(' ') }))).toBe(true);
    expect(verify(aMessage({ signature: others.join(' ') }))).toBe(false);
  });

  it.each([
    ['missing', ''],
    ['of another version', aMessage().signature.replace('v1', 'v2')],
    ['without a version', aMessage().signature.slice(3)],
    ['too short', 'v1,AAAA'],
    ['too long', `v1,${'A'.repeat(300)}`],
    ['not base64', `v1,${'%'.repeat(44)}`],
  ])('malformed signature: a signature that is %s is rejected', (_, signature) => {
    expect(verify(aMessage({ signature }))).toBe(false);
  });

  it('signed timestamp: a signature for another timestamp is rejected', () => {
    expect(verify(aMessage({ timestamp: String(NOW + 1) }))).toBe(false);
  });

  it.each(['', '167abc', `${NOW}abc`, `-${NOW}`, `${NOW}.5`, '1e9', ' ', 'NaN', '9'.repeat(40)])(
    'malformed timestamp: "%s" is rejected',
    (timestamp) => expect(isTimely(timestamp, NOW, 300)).toBe(false),
  );

  it.each([
    [-301, false],
    [-300, true],
    [300, true],
    [301, false],
  ])('replay window: a timestamp %d s from now is accepted: %s', (seconds, isInTime) => {
    expect(isTimely(String(NOW + seconds), NOW, 300)).toBe(isInTime);
  });
});
