/**
 * Preloaded into a process (NODE_OPTIONS=--require): on SIGUSR2 it collects all garbage and writes `collected` to standard
 * error. What is resident then is what the process holds, whenever the collector would have run by itself.
 */
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  setImmediate(() => {
    collect(); // buffers that finalizers of the first one have freed
    process.stderr.write('collected\n');
  });
});
