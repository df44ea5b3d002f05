import { setImmediate as nextIteration } from 'node:timers/promises';
import { LineBuffer } from './line-buffer';

const createBuffer = () => {
  const written: string[] = [];
  return { written, lines: new LineBuffer({ write: (text) => written.push(text) }) };
};

it('log batching: lines of one event-loop iteration are written in one batch in order, later ones separately', async () => {
  const { written, lines } = createBuffer();
  lines.write('a\n');
  lines.write('b\n');
  expect(written).toEqual([]);
  await nextIteration();
  expect(written).toEqual(['a\nb\n']);
  lines.write('c\n');
  await nextIteration();
  expect(written).toEqual(['a\nb\n', 'c\n']);
});

it('log flush: flushed lines are not written again', async () => {
  const { written, lines } = createBuffer();
  lines.write('a\n');
  lines.flush();
  await nextIteration();
  lines.flush();
  expect(written).toEqual(['a\n']);
});
