import { setImmediate as nextTurn } from 'node:timers/promises';
import { GatheredLines } from './gathered-lines';

const gather = () => {
  const written: string[] = [];
  return { written, lines: new GatheredLines({ write: (text) => written.push(text) }) };
};

it('lines of one turn are written together, in their order, and those of the next by themselves', async () => {
  const { written, lines } = gather();
  lines.write('a\n');
  lines.write('b\n');
  expect(written).toEqual([]);
  await nextTurn();
  expect(written).toEqual(['a\nb\n']);
  lines.write('c\n');
  await nextTurn();
  expect(written).toEqual(['a\nb\n', 'c\n']);
});

it('what was flushed is not written again', async () => {
  const { written, lines } = gather();
  lines.write('a\n');
  lines.flush();
  await nextTurn();
  lines.flush();
  expect(written).toEqual(['a\n']);
});
