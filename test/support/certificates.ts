/** A certificate authority and what it has signed, made by the `openssl` program when a test asks for them; keys are never kept. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from './temp-dir.ts';

/** Key and certificate of a server, in PEM. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority of its own. */
export interface TestAuthority {
  /** Its certificate in PEM. */
  readonly certificate: string;
  /** Signs a certificate for this machine's loopback (127.0.0.1, ::1, localhost), or for another DNS name alone. */
  sign(dnsName?: string): ServerCertificate;
}

/** Makes an authority that lives as long as the test. */
export function makeAuthority(test: TestContext, name = 'Xylen test authority'): TestAuthority {
  const folder = tempDir(test);
  const at = (file: string): string => join(folder, file);
  newKey(at('ca.key'));
  openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    at('ca.key'),
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-out',
    at('ca.pem'),
  );
  let count = 0;
  return {
    certificate: readFileSync(at('ca.pem'), 'utf8'),
    sign(dnsName) {
      const id = `server-${count++}`;
      const names = dnsName === undefined ? 'IP:127.0.0.1,IP:::1,DNS:localhost' : `DNS:${dnsName}`;
      newKey(at(`${id}.key`));
      openssl(
        'req',
        '-new',
        '-key',
        at(`${id}.key`),
        '-subj',
        `/CN=${dnsName ?? 'localhost'}`,
        '-out',
        at(`${id}.csr`),
      );
      writeFileSync(at(`${id}.ext`), `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
      const signing = ['x509', '-req', '-in', at(`${id}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key')];
      const details = [
        '-set_serial',
        String(count),
        '-days',
        '2',
        '-extfile',
        at(`${id}.ext`),
        '-out',
        at(`${id}.pem`),
      ];
      openssl(...signing, ...details);
      return { key: readFileSync(at(`${id}.key`), 'utf8'), cert: readFileSync(at(`${id}.pem`), 'utf8') };
    },
  };
}

function newKey(path: string): void {
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-out', path);
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}
