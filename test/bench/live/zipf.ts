/** Returns a generator of indexes below `count`: index k has a probability proportional to 1/(k + 1). */
export function zipfIndexes(count: number, random: () => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let index = 0; index < count; index++) sums[index] = sum += 1 / (index + 1);
  return () => lowerBound(sums, random() * sum);
}

/** Returns the index of the first element that exceeds `value`. */
function lowerBound(ascending: Float64Array, value: number): number {
  let [from, to] = [0, ascending.length - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ascending[middle]! > value) to = middle;
    else from = middle + 1;
  }
  return from;
}
