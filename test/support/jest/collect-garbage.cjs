/**
 * Preloaded into a process (NODE_OPTIONS=--require): on SIGUSR2 it runs a full garbage collection and writes `memory`
 * and process.memoryUsage() as JSON to standard error. The numbers are therefore independent of the collector's
 * schedule.
 */
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  setImmediate(() => {
    collect(); // frees buffers that finalizers of the first collection released
    process.stderr.write(`memory ${JSON.stringify(process.memoryUsage())}\n`);
  });
});
