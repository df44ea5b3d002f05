/** Runs the nginx of this machine as a load balancer, on free ports and in a temporary directory. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nginxBinary } from './servers';

/** The port that nginx listens on and the local ports of its upstream servers. */
interface Front {
  readonly port: number;
  readonly ports: readonly number[];
}

export interface Nginx {
  readonly stop: () => Promise<void>;
}

/**
 * Balances HTTP requests round-robin. If a server refuses a connection or closes it without a response, nginx skips the
 * server for 1 s and retries the request at another. It also retries events: they are idempotent through their ids.
 */
export const startHttpLoadBalancer = ({ port, ports }: Front): Promise<Nginx> =>
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

/** Forwards TCP connections to the first port of each front that accepts them. */
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
  const mainDirectives = `daemon off;
  worker_processes 1;
  pid ${join(directory, 'pid')};
  error_log ${join(directory, 'error.log')} warn;
  include /etc/nginx/modules-enabled/*.conf;
  events { worker_connections 1024; }`;
  writeFileSync(file, `${mainDirectives}\n${body}\n`);
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
    if (server.exitCode !== null) throw new Error(`nginx exited with code ${server.exitCode}`);
    await delay(20);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (isListeningNow: boolean) => {
      socket.destroy();
      resolve(isListeningNow);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}
