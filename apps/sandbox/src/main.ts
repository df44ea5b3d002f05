/** `npm run sandbox`: plays the partner on this machine; also started beside the service in development. */
import { setTimeout as delay } from 'node:timers/promises';
import { sandboxDefaults } from '@platform/config';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { FastifyInstance } from 'fastify';
import { createSandbox, type SandboxOptions } from './sandbox';

interface Options extends SandboxOptions {
  readonly host: string;
  readonly port: number;
}

const DEFAULTS = { ...sandboxDefaults, products: 5_000, tokenSeconds: 60 };

const program = new Command('sandbox')
  .description('Plays the partner: token endpoint, API A, webhooks; faults are dialled over HTTP')
  .option('--host <address>', 'where to listen', '127.0.0.1')
  .addOption(new Option('--port <n>').default(DEFAULTS.port).argParser(number))
  .addOption(new Option('--products <n>', 'of the demo catalogue').default(DEFAULTS.products).argParser(number))
  .addOption(new Option('--token-seconds <n>', 'life of a token').default(DEFAULTS.tokenSeconds).argParser(number))
  .addOption(new Option('--duplicates <n>', 'of each event that was accepted').default(0).argParser(number))
  .option('--client-id <text>', 'whom it knows', DEFAULTS.clientId)
  .option('--client-secret <text>', 'and by which secret', DEFAULTS.clientSecret)
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
  process.once('disconnect', end); // whoever started it is gone
  await listen(server, host, port);
  process.send?.('listening');
  process.stdout.write(`The sandbox is the partner at http://${host}:${port}; dials: http://${host}:${port}/sandbox\n`);
}

/** Beside another process it waits for a port that is taken; alone it says so. */
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
