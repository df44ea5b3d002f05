/** Three MariaDB servers that are one database: Galera, on this machine. */
import { queryAt } from './databases';
import { startPrivateMysql, type PrivateMysql } from './private-mysql';
import { freePort, galeraLibrary } from './servers';

export interface Galera {
  readonly nodes: readonly PrivateMysql[];
  /** A counter of SHOW STATUS, of all that run. */
  readonly sumOf: (counter: string) => Promise<number>;
  readonly remove: () => Promise<void>;
}

/** A node that says nothing is given up after two seconds; the default is five. */
const TIMES =
  'evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT4S;evs.inactive_check_period=PT0.5S';

/**
 * Every read waits for what was committed at any node before it (wsrep_sync_wait), so that whoever hears of a change
 * sees it, whichever node he reads.
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
