/** A Galera cluster of three MariaDB servers on this machine. */
import { queryAt } from '../databases';
import { startPrivateMysql, type PrivateMysql } from './private-mysql';
import { freePort, galeraLibrary } from './servers';

export interface Galera {
  readonly nodes: readonly PrivateMysql[];
  /** Sums a counter of SHOW GLOBAL STATUS over all running nodes. */
  readonly sumOf: (counter: string) => Promise<number>;
  readonly remove: () => Promise<void>;
}

/** Galera suspects a silent node after 2 s (default 5 s). */
const TIMES =
  'evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT4S;evs.inactive_check_period=PT0.5S';

/**
 * Starts the nodes with wsrep_sync_wait=1: a read waits for all earlier commits of the cluster. A process that receives
 * an announcement therefore reads the change at any node.
 */
export async function startGalera(): Promise<Galera> {
  const library = galeraLibrary();
  const group = [await freePort(), await freePort(), await freePort()];
  const optionsOf = async (at: number) => [
    '--wsrep-on=ON',
    `--wsrep-provider=${library}`,
    '--wsrep-cluster-name=farmlokal-test',
    `--wsrep-cluster-address=gcomm://${at === 0 ? '' : group.map((port) => `127.0.0.1:${port}`).join(',')}`,
    `--wsrep-node-name=node-${at}`,
    '--wsrep-node-address=127.0.0.1',
    `--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:${group[at]};ist.recv_addr=127.0.0.1:${await freePort()};${TIMES}`,
    '--wsrep-sst-method=mariabackup',
    '--wsrep-sst-auth=root:',
    `--wsrep-sst-receive-address=127.0.0.1:${await freePort()}`,
    '--wsrep-sync-wait=1',
    '--binlog-format=ROW',
    '--innodb-autoinc-lock-mode=2',
  ];
  const nodes: PrivateMysql[] = [];
  for (const at of group.keys()) nodes.push(await startPrivateMysql(await optionsOf(at)));
  return {
    nodes,
    sumOf: async (counter) => {
      const values = await Promise.all(nodes.map((node) => statusOf(node, counter).catch(() => 0)));
      return values.reduce((sum, value) => sum + value);
    },
    remove: async () => {
      await Promise.all(nodes.map((node) => node.remove()));
    },
  };
}

async function statusOf({ url }: PrivateMysql, counter: string): Promise<number> {
  const [row] = await queryAt(url, `SHOW GLOBAL STATUS LIKE '${counter}'`);
  return Number(row?.['Value']);
}
