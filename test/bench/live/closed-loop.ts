/** Runs `work` `count` times, up to `concurrency` at a time: each sender starts the next one after its last one. */
export async function atOnce(concurrency: number, count: number, work: () => Promise<void>): Promise<void> {
  let started = 0;
  const runRemaining = async () => {
    while (started < count) {
      started += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, runRemaining));
}
