/** TLS to the database server: encryption, certificate authority and host name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MysqlConfig } from '@platform/config';
import { toDataSourceOptions } from '@testing/database';
import { DataSource } from 'typeorm';
import { certificateFor, type Certificate } from '../support/servers/certificate';
import { startPrivateMysql, type PrivateMysql } from '../support/servers/private-mysql';

describe('TLS to the database', () => {
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const ownCertificate = certificateFor('localhost');
  const otherCertificate = certificateFor('another.example');
  let server: PrivateMysql;
  let otherServer: PrivateMysql;

  beforeAll(async () => {
    [server, otherServer] = await Promise.all([
      startWith('own', ownCertificate),
      startWith('another', otherCertificate),
    ]);
  });
  afterAll(async () => {
    await Promise.all([server.remove(), otherServer.remove()]);
    rmSync(directory, { recursive: true });
  });

  function startWith(name: string, { certificate, privateKey }: Certificate): Promise<PrivateMysql> {
    const [certificateFile, keyFile] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
    writeFileSync(certificateFile, certificate);
    writeFileSync(keyFile, privateKey);
    return startPrivateMysql([`--ssl-cert=${certificateFile}`, `--ssl-key=${keyFile}`]);
  }

  async function cipherOf(at: PrivateMysql, sslCa?: string): Promise<string> {
    const options = toDataSourceOptions(configOf(at, sslCa), []);
    const dataSource = await new DataSource(options).initialize();
    const [row] = await dataSource.query<{ Value: string }[]>("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    await dataSource.destroy();
    return row?.Value ?? '';
  }

  it('TLS: the connection is encrypted if the certificate authority is configured', async () => {
    expect(await cipherOf(server, ownCertificate.certificate)).toMatch(/AES|CHACHA/);
    expect(await cipherOf(server)).toBe('');
  });

  it('TLS: a server with a certificate of another authority is rejected', async () => {
    await expect(cipherOf(server, otherCertificate.certificate)).rejects.toMatchObject({ code: 'HANDSHAKE_SSL_ERROR' });
  });

  it('TLS: a server whose certificate is for another host name is rejected', async () => {
    await expect(cipherOf(otherServer, otherCertificate.certificate)).rejects.toThrow('does not match certificate');
  });
});

function configOf({ url }: PrivateMysql, sslCa: string | undefined): MysqlConfig {
  return {
    kind: 'mysql',
    host: 'localhost',
    port: Number(url.port),
    user: 'root',
    password: '',
    database: 'mysql',
    poolSize: 1,
    sslCa,
    replicas: [],
    replicaMaxLagSeconds: 10,
  };
}
