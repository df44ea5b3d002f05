/** Generates certificates (RFC 5280) at test time: the repository contains no keys, and openssl is not required. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { isIP } from 'node:net';

export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Returns a self-signed certificate for one host name or IPv4 address. Clients use it as their CA. */
export function certificateFor(name: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const holder = sequence(element(0x31, sequence(oid('550403'), element(0x0c, Buffer.from(name))))); // common name
  const alternatives = sequence(
    isIP(name) === 0 ? element(0x82, Buffer.from(name)) : element(0x87, Buffer.from(name.split('.').map(Number))),
  );
  const toBeSigned = sequence(
    element(0xa0, integer(2)), // version 3
    integer(1),
    ECDSA_WITH_SHA256,
    holder,
    sequence(time(-DAY_MS), time(DAY_MS)),
    holder,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(sequence(oid('551d11'), element(0x04, alternatives)))),
  );
  const signature = element(0x03, Buffer.from([0]), sign('sha256', toBeSigned, privateKey));
  const encoded = sequence(toBeSigned, ECDSA_WITH_SHA256, signature).toString('base64');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${encoded.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));

/** Encodes a DER element: tag, length and content. */
function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : long)]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, ...parts);
}

function integer(value: number): Buffer {
  return element(0x02, Buffer.from([value]));
}

function oid(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, 'hex'));
}

/** Encodes the current time plus `inMs` as UTCTime. */
function time(inMs: number): Buffer {
  const digits = new Date(Date.now() + inMs).toISOString().replace(/\D/g, '');
  return element(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}
