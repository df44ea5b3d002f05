import fc from 'fast-check';
import { readDecimal } from './decimal';
import { readTimestampMs } from './timestamp';

describe('decimal number', () => {
  it('decimal number: every finite number is read as JavaScript prints it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(readDecimal(String(value))).toBe(value + 0);
        expect(readDecimal(value.toExponential())).toBe(value + 0);
      }),
      { numRuns: 10_000 },
    );
  });

  it.each([
    ['0.3136111111111111', 0.3136111111111111],
    ['-7.5e-05', -7.5e-5],
    ['1E+2', 100],
    ['.5', 0.5],
    ['5.', 5],
    ['+5', 5],
    ['007', 7],
  ])('decimal number: %s is read', (text, value) => {
    expect(readDecimal(text)).toBe(value);
  });

  it.each(['', '.', '-', 'e5', '1e', '1e999', 'Infinity', 'NaN', '0x10', '1,5', ' 1', '1_000', '१'])(
    'decimal number: %j is refused',
    (text) => {
      expect(readDecimal(text)).toBeUndefined();
    },
  );
});

describe('timestamp', () => {
  it.each([
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T08:00:00+05:30', '2026-11-01T02:30:00.000Z'],
    ['2026-11-01t08:00:00.1234567z', '2026-11-01T08:00:00.123Z'],
    ['0000-01-01', '0000-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('RFC 3339: %s is read as %s', (text, iso) => {
    expect(readTimestampMs(text)).toBe(Date.parse(iso));
  });

  it.each([
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00:00+00:01',
    '10000-01-01',
    '+010000-01-01T00:00:00Z',
    '2026-02-30',
    '2026-13-01',
    '2026-11-01T25:00:00Z',
    '2026-11-01T08:00:00',
    'yesterday',
    '',
  ])('RFC 3339: %j is refused', (text) => {
    expect(readTimestampMs(text)).toBeUndefined();
  });
});
