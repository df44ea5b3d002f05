import { setImmediate as nextTurn } from 'node:timers/promises';
import { LineBuffer } from './line-buffer';

const gather = () => {
  const written: string[] = [];
  return { written, lines: new LineBuffer({ write: (text) => written.push(text) }) };
};

it('log batching: lines of one event-loop turn are written together and in order, later ones separately', async () => {
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

it('log flush: flushed lines are not written again', async () => {
  const { written, lines } = gather();
  lines.write('a\n');
  lines.flush();
  await nextTurn();
  lines.flush();
  expect(written).toEqual(['a\n']);
});
