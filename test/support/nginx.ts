/** The nginx of this machine as what stands in front of servers, on free ports and in a directory of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nginxBinary } from './servers';

/** Where it listens, and the ports of this machine behind that. */
interface Front {
  readonly port: number;
  readonly ports: readonly number[];
}

export interface Nginx {
  readonly stop: () => Promise<void>;
}

/**
 * HTTP, in turn to each; a server that does not take the connection, or closes it without an answer, is passed over for
 * a second, and another is asked. Events may be sent again as well: each has an id, and is applied once.
 */
export const startHttpBalancer = ({ port, ports }: Front): Promise<Nginx> =>
  start(
    [port],
    `http {
    access_log off;
    upstream service {
      ${ports.map((each) => `server 127.0.0.1:${each} max_fails=1 fail_timeout=1s;`).join('\n      ')}
      keepalive 64;
    }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://service;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_connect_timeout 1s;
        proxy_next_upstream error timeout non_idempotent;
      }
    }
  }`,
  );

/** TCP, to the first that takes the connection. */
export const startTcpFailover = (...fronts: readonly Front[]): Promise<Nginx> =>
  start(
    fronts.map(({ port }) => port),
    `stream {
    ${fronts
      .map(
        ({ port, ports }) => `upstream at${port} {
      ${ports.map((each, at) => `server 127.0.0.1:${each} max_fails=1 fail_timeout=2s${at > 0 ? ' backup' : ''};`).join('\n      ')}
    }
    server { listen 127.0.0.1:${port}; proxy_pass at${port}; proxy_connect_timeout 500ms; }`,
      )
      .join('\n    ')}
  }`,
  );

async function start(listening: readonly number[], body: string): Promise<Nginx> {
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const file = join(directory, 'nginx.conf');
  const own = `daemon off;
  worker_processes 1;
  pid ${join(directory, 'pid')};
  error_log ${join(directory, 'error.log')} warn;
  include /etc/nginx/modules-enabled/*.conf;
  events { worker_connections 1024; }`;
  writeFileSync(file, `${own}\n${body}\n`);
  const server = spawn(nginxBinary(), ['-c', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const port of listening) await untilListening(port, server);
  return {
    stop: async () => {
      if (server.exitCode === null && server.kill('SIGQUIT')) await once(server, 'exit');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number, server: ChildProcess): Promise<void> {
  while (!(await isListening(port))) {
    if (server.exitCode !== null) throw new Error(`nginx ended with ${server.exitCode}`);
    await delay(20);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
