/**
 * The certificates of a server where k3s puts them (`<data-dir>/server/tls`, `<data-dir>/agent`): made when missing, kept when good,
 * renewed with the same key when less than 120 days are left or the names changed. Authorities live 10 years, leaves 365 days.
 * An authority whose file a user placed before the first start is used as it is.
 */
import { generateKeyPair, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { isIp, readIfExists, writeFileAtomic } from '#lib';
import type { Paths } from '../config.ts';
import { createAuthority, createLeaf, type KeyAndCertificate, type LeafProfile } from './x509.ts';

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const LEAF_DAYS = 365;
const RENEW_BELOW_DAYS = 120;

export interface ClusterCertificates {
  readonly clientCa: KeyAndCertificate;
  readonly serverCa: KeyAndCertificate;
  readonly requestHeaderCa: KeyAndCertificate;
  /** What 6443 shows. */
  readonly apiserver: KeyAndCertificate;
  readonly admin: KeyAndCertificate;
  /** The API server's identity towards kubelets. */
  readonly apiserverClient: KeyAndCertificate;
}
export interface NodeCertificates {
  readonly kubeletServing: KeyAndCertificate;
  readonly kubeletClient: KeyAndCertificate;
}

/** Authorities and the control plane's certificates; `altNames` are the names and addresses by which 6443 is reached. */
export function ensureClusterCertificates(paths: Paths, altNames: readonly string[], nowMs: number): ClusterCertificates {
  const authority = (name: string, commonName: string) => ensureAuthority(paths.tls(name), `${commonName}@${Math.floor(nowMs / 1000)}`, nowMs);
  const clientCa = authority('client-ca', 'k3s-client-ca');
  const serverCa = authority('server-ca', 'k3s-server-ca');
  const requestHeaderCa = authority('request-header-ca', 'k3s-request-header-ca');
  const client = (name: string, commonName: string, ...organizations: string[]) =>
    ensureLeaf(paths.tls(name), clientCa, { subject: { commonName, organizations }, usages: ['clientAuth'] }, nowMs);
  client('client-controller', 'system:kube-controller-manager');
  client('client-scheduler', 'system:kube-scheduler');
  client('client-kube-proxy', 'system:kube-proxy');
  client('client-k3s-controller', 'system:k3s-controller');
  client('client-supervisor', 'system:k3s-supervisor', 'system:masters');
  ensureLeaf(paths.tls('client-auth-proxy'), requestHeaderCa, { subject: { commonName: 'system:auth-proxy' }, usages: ['clientAuth'] }, nowMs);
  return {
    clientCa,
    serverCa,
    requestHeaderCa,
    apiserver: ensureLeaf(
      paths.tls('serving-kube-apiserver'),
      serverCa,
      { subject: { commonName: 'kube-apiserver' }, usages: ['serverAuth'], altNames },
      nowMs,
    ),
    admin: client('client-admin', 'system:admin', 'system:masters'),
    apiserverClient: client('client-kube-apiserver', 'system:apiserver', 'system:masters'),
  };
}

/** The node agent's serving and client certificates, and the authorities it trusts, below `<data-dir>/agent`. */
export function ensureNodeCertificates(
  paths: Paths,
  cluster: ClusterCertificates,
  node: { name: string; altNames: readonly string[] },
  nowMs: number,
): NodeCertificates {
  for (const [name, ca] of [
    ['client-ca', cluster.clientCa],
    ['server-ca', cluster.serverCa],
  ] as const) {
    if (readIfExists(paths.agentFile(`${name}.crt`)) !== ca.certPem) writeFileAtomic(paths.agentFile(`${name}.crt`), ca.certPem, 0o644);
  }
  const commonName = `system:node:${node.name}`;
  return {
    kubeletServing: ensureLeaf(
      paths.agentFile('serving-kubelet'),
      cluster.serverCa,
      { subject: { commonName: node.name }, usages: ['serverAuth'], altNames: node.altNames },
      nowMs,
    ),
    kubeletClient: ensureLeaf(
      paths.agentFile('client-kubelet'),
      cluster.clientCa,
      { subject: { commonName, organizations: ['system:nodes'] }, usages: ['clientAuth'] },
      nowMs,
    ),
  };
}

/** The key that signs service-account tokens (`service.key`, RSA 2048 as k3s has it), made off the main thread when missing. */
export async function ensureServiceAccountKey(paths: Paths): Promise<string> {
  const existing = readIfExists(paths.tls('service.key'));
  if (existing) return existing;
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  writeFileAtomic(paths.tls('service.key'), pem);
  return pem;
}

type Profile = Omit<LeafProfile, 'notBeforeMs' | 'notAfterMs'>;

function ensureAuthority(path: string, commonName: string, nowMs: number): KeyAndCertificate {
  const existing = readPair(path);
  if (existing.certPem && existing.keyPem) return { certPem: existing.certPem, keyPem: existing.keyPem };
  return writePair(path, createAuthority({ commonName }, { notBeforeMs: nowMs, notAfterMs: nowMs + CA_DAYS * DAY_MS }, existing.keyPem));
}

function ensureLeaf(path: string, authority: KeyAndCertificate, profile: Profile, nowMs: number): KeyAndCertificate {
  const { certPem, keyPem } = readPair(path);
  if (certPem && keyPem && isGood(certPem, authority, profile, nowMs)) return { certPem, keyPem };
  const validity = { notBeforeMs: nowMs, notAfterMs: nowMs + LEAF_DAYS * DAY_MS };
  return writePair(path, createLeaf(authority, { ...profile, ...validity }, keyPem));
}

function isGood(certPem: string, authority: KeyAndCertificate, profile: Profile, nowMs: number): boolean {
  const certificate = new X509Certificate(certPem);
  const issuer = new X509Certificate(authority.certPem);
  const hasTimeLeft = certificate.validToDate.getTime() - nowMs > RENEW_BELOW_DAYS * DAY_MS;
  // Asked for an address with what is none, OpenSSL does not answer no but throws.
  const isNamed = (profile.altNames ?? []).every(
    (name) => (isIp(name) ? certificate.checkIP(name) : certificate.checkHost(name, { subject: 'never' })) !== undefined,
  );
  return hasTimeLeft && isNamed && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** A key alone (a crash between the two writes) is used again; a certificate without its key is an error that only a person can mend. */
function readPair(path: string): Partial<KeyAndCertificate> {
  const certPem = readIfExists(`${path}.crt`);
  const keyPem = readIfExists(`${path}.key`);
  if (!certPem) return keyPem ? { keyPem } : {};
  if (!keyPem) {
    throw new Error(`Cannot use certificate ${path}.crt: its key ${path}.key is missing; restore the key, or remove the certificate to have both made anew`);
  }
  try {
    new X509Certificate(certPem);
  } catch (cause) {
    throw new Error(`Cannot use certificate ${path}.crt: it is not a PEM certificate; restore it, or remove it to have it made anew`, { cause });
  }
  return { certPem, keyPem };
}

function writePair(path: string, pair: KeyAndCertificate): KeyAndCertificate {
  writeFileAtomic(`${path}.key`, pair.keyPem, 0o600);
  writeFileAtomic(`${path}.crt`, pair.certPem, 0o644);
  return pair;
}
