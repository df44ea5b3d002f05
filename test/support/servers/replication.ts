/** A private database server and a private replica that follows it by GTID. */
import { queryAt } from '../databases';
import { startPrivateMysql, type PrivateMysql } from './private-mysql';

export interface Replication {
  readonly primary: PrivateMysql;
  readonly replica: PrivateMysql;
  /** Stops applying transactions on the replica, which still receives them. */
  readonly stopApplying: () => Promise<void>;
  readonly resumeApplying: () => Promise<void>;
  readonly onReplica: (statement: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** MariaDB needs none of the `loose` options and ignores them. */
const LOGGING = ['--log-bin=bin', '--loose-gtid-mode=ON', '--loose-enforce-gtid-consistency=ON'];

export async function startReplication(): Promise<Replication> {
  const [primary, replica] = await Promise.all(
    [1, 2].map((id) => startPrivateMysql([...LOGGING, `--server-id=${id}`, '--slave-net-timeout=2'])),
  );
  if (primary === undefined || replica === undefined) throw new Error('expected two servers');
  const syntax = await syntaxOf(primary);
  const onReplica = async (statement: string) => {
    await queryAt(replica.url, statement);
  };
  await onReplica(syntax.follow(Number(primary.url.port)));
  await onReplica(`START ${syntax.replica}`);
  return {
    primary,
    replica,
    stopApplying: () => onReplica(`STOP ${syntax.replica} SQL_THREAD`),
    resumeApplying: () => onReplica(`START ${syntax.replica} SQL_THREAD`),
    onReplica,
    remove: async () => {
      await Promise.all([primary.remove(), replica.remove()]);
    },
  };
}

async function syntaxOf({ url }: PrivateMysql) {
  const [server] = await queryAt(url, 'SELECT VERSION() AS version');
  const isMariadb = String(server?.['version']).includes('MariaDB');
  return isMariadb
    ? {
        replica: 'SLAVE',
        follow: (port: number) =>
          `CHANGE MASTER TO master_host='127.0.0.1', master_port=${port}, master_user='root', master_use_gtid=slave_pos, master_connect_retry=1`,
      }
    : {
        replica: 'REPLICA',
        follow: (port: number) =>
          `CHANGE REPLICATION SOURCE TO source_host='127.0.0.1', source_port=${port}, source_user='root', source_auto_position=1, source_connect_retry=1, get_source_public_key=1`,
      };
}
