import { Writable } from 'node:stream';
import { setImmediate as nextIteration } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import { printableLine, printableWhenDecoded } from './printable-line';

const MISLEADING = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/u;

describe('log line', () => {
  it.each([
    ['\u2028', '\\u2028'],
    ['\u2029', '\\u2029'],
    ['\u202e', '\\u202e'],
    ['\u2066', '\\u2066'],
    ['\u00ad', '\\u00ad'],
    ['\u0085', '\\u0085'],
    ['\u009b', '\\u009b'],
    ['\u007f', '\\u007f'],
    ['\ufeff', '\\ufeff'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['टमाटर 🍅 é', 'टमाटर 🍅 é'],
  ])('log injection: %j is written as %s', (text, written) => {
    expect(printableLine(`{"event":"a${text}b"}\n`)).toBe(`{"event":"a${written}b"}\n`);
  });

  it('log injection: a line is valid JSON of the same value without misleading characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = printableLine(JSON.stringify({ text }));
        expect(JSON.parse(line)).toEqual({ text });
        expect(line).not.toMatch(MISLEADING);
      }),
    );
  });

  it('log injection: a terminal shows escapes as text, and a stack trace keeps its lines', async () => {
    const written: string[] = [];
    const terminal = pretty({ sync: true, singleLine: true, colorize: false, destination: writeTo(written) });
    const logger = pino({}, { write: (line) => terminal.write(printableWhenDecoded(line)) });
    logger.info({ event: 'a\u202eb\u001b[2K' }, 'forged \u001b[8m\r\u2028 C:\\u0041');
    logger.error(new Error('failed'));
    await nextIteration();
    const text = written.join('');
    expect(text).toContain('forged \\u001b[8m\\r\\u2028 C:\\u0041');
    expect(text).toContain('\\u202e');
    expect(text).toMatch(/failed\n +at /);
    expect(text.replaceAll('\n', '')).not.toMatch(MISLEADING);
  });
});

const writeTo = (written: string[]) =>
  new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString());
      done();
    },
  });
