import http2, { type ClientHttp2Session } from 'node:http2';
import { type Datastore, openDatastore } from '#datastore';
import { type Clock, type FakeClock, logSink } from '#lib';
import { createAuthority, createKeyPem, createLeaf, type KeyAndCertificate } from '../../cluster/certificates/x509.ts';
import { type ApiServer, createApiServer } from '../index.ts';
import type { ApiServerOptions } from '../options.ts';

export { createAuthority, createLeaf };

/** An API server over a datastore in memory with everyone allowed everything, for tests; `await using` stops it. */
export interface TestServer extends AsyncDisposable {
  readonly server: ApiServer;
  readonly datastore: Datastore;
  readonly url: string;
  readonly caPem: string;
  /** Signs its certificates and its clients'. */
  readonly authority: KeyAndCertificate;
  readonly admin: KeyAndCertificate;
  /** One request over HTTP/2 as the administrator. */
  fetch(method: string, path: string, options?: FetchOptions): Promise<Answer>;
}
export interface FetchOptions {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body, parsed: what is read of it is asserted, not assumed. */
  readonly json: Json;
}
export interface Json {
  readonly [key: string]: Json;
}

/** Lets time pass until the promise is settled: for answers that come only after a while. */
export async function whileTimePasses<T>(clock: FakeClock, promise: Promise<T>, stepMs = 1000): Promise<T> {
  let isSettled = false;
  const settled = (): void => {
    isSettled = true;
  };
  promise.then(settled, settled);
  while (!isSettled) await clock.advance(stepMs);
  return await promise;
}

/** A member of an answer as text: strings as they are. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Starts one; `overrides` replace its options. */
export async function startTestServer(overrides: Partial<ApiServerOptions> & { clock?: Clock } = {}): Promise<TestServer> {
  logSink.level = 'fatal';
  const datastore = overrides.datastore ?? (await openDatastore({ endpoint: 'memory' }));
  const validity = { notBeforeMs: Date.now() - 3_600_000, notAfterMs: Date.now() + 86_400_000 };
  const ca = createAuthority({ commonName: 'test-ca' }, validity);
  const serving = createLeaf(ca, { subject: { commonName: 'apiserver' }, usages: ['serverAuth'], altNames: ['localhost', '127.0.0.1'], ...validity });
  const admin = createLeaf(ca, { subject: { commonName: 'admin', organizations: ['system:masters'] }, usages: ['clientAuth'], ...validity });
  const key = createKeyPem();
  const server = createApiServer({
    datastore,
    listen: { address: '127.0.0.1', port: 0 },
    tls: { certPem: serving.certPem, keyPem: serving.keyPem, clientCaPem: ca.certPem },
    serviceAccounts: { issuer: 'https://kubernetes.default.svc.cluster.local', audiences: [], signingKeyPem: key, verifyKeysPem: [] },
    serviceCidr: '10.43.0.0/16',
    ...overrides,
  });
  await server.start();
  const url = `https://127.0.0.1:${server.port}`;
  let session: ClientHttp2Session | undefined;
  return {
    server,
    datastore,
    url,
    caPem: ca.certPem,
    authority: ca,
    admin,
    fetch(method, path, options = {}) {
      session ??= http2.connect(url, { ca: ca.certPem, cert: admin.certPem, key: admin.keyPem });
      return fetchOver(session, method, path, options);
    },
    async [Symbol.asyncDispose]() {
      session?.close();
      await server.stop();
      await datastore.close();
    },
  };
}

function fetchOver(session: ClientHttp2Session, method: string, path: string, { headers = {}, body }: FetchOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const hasBody = body !== undefined;
    const stream = session.request(
      { ':method': method, ':path': path, ...(hasBody ? { 'content-type': 'application/json' } : {}), ...headers },
      { endStream: !hasBody },
    );
    let answer: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on('response', (received) => (answer = received));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const text = bytes.toString();
      resolve({ status: Number(answer[':status']), headers: answer, text, bytes, json: parse(text) });
    });
    if (hasBody) stream.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined as unknown as Json;
  }
}
