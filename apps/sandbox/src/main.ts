/** `npm run sandbox`: simulates the partner on this machine. In development the service also starts it. */
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { FastifyInstance } from 'fastify';
import { createSandbox, type SandboxOptions } from './sandbox';
import { DEFAULTS } from './settings';

interface Options extends SandboxOptions {
  readonly host: string;
  readonly port: number;
}

const program = new Command('sandbox')
  .description('Simulates the partner: token endpoint, API A and webhooks. Faults are set over HTTP')
  .option('--host <address>', 'IP address to listen on', '127.0.0.1')
  .addOption(new Option('--port <n>').default(DEFAULTS.port).argParser(number))
  .addOption(new Option('--products <n>', 'number of demo products').default(DEFAULTS.products).argParser(number))
  .addOption(new Option('--token-seconds <n>', 'lifetime of a token').default(DEFAULTS.tokenSeconds).argParser(number))
  .addOption(new Option('--duplicates <n>', 'repeated deliveries of each accepted event').default(0).argParser(number))
  .option('--client-id <text>', 'client id of the service', DEFAULTS.clientId)
  .option('--client-secret <text>', 'client secret of the service', DEFAULTS.clientSecret)
  .action(serve);

function number(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) throw new InvalidArgumentError('must be a number.');
  return value;
}

async function serve({ host, port, ...options }: Options): Promise<void> {
  const server = createSandbox(options);
  const end = () => void server.close().then(() => process.exit());
  process.once('SIGTERM', end).once('SIGINT', end);
  process.once('disconnect', end); // the parent process has exited
  await listen(server, host, port);
  process.send?.('listening');
  process.stdout.write(
    `The sandbox serves the partner at http://${host}:${port}; fault controls: http://${host}:${port}/sandbox\n`,
  );
}

/** Waits for a port in use if another process started the sandbox; otherwise throws. */
async function listen(server: FastifyInstance, host: string, port: number): Promise<void> {
  for (;;) {
    try {
      await server.listen({ host, port });
      return;
    } catch (error) {
      if (process.send === undefined || (error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
      process.send('taken');
      await delay(1_000);
    }
  }
}

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
