/**
 * Preloaded into a process (NODE_OPTIONS=--require): on SIGUSR2 it collects all garbage and writes `memory` and what
 * process.memoryUsage() returns, as JSON, to standard error. That is what the process holds, whenever the collector would
 * have run by itself.
 */
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  setImmediate(() => {
    collect(); // buffers that finalizers of the first one have freed
    process.stderr.write(`memory ${JSON.stringify(process.memoryUsage())}\n`);
  });
});
