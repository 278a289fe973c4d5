/** A control plane without a node, for one test file: in this process, on a port of its own, spoken to through the network. */
import { mkdtempSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, DEFAULTS, type ServerConfig, startServer } from '#cluster';
import { logSink, waitFor } from '#lib';

/** Parsed JSON: what is read of it is asserted, not assumed. */
export interface Json {
  readonly [key: string]: Json;
}
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly json: Json;
}
/** Who asks: nobody, the bearer of a token, or (default) the administrator of the kubeconfig. */
export type Identity = 'anonymous' | 'admin' | { readonly token: string };
export interface RequestOptions {
  readonly as?: Identity;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ControlPlane extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly dataDir: string;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** As `request`; fails where the answer is no success. */
  ok(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** The type and the name of the events of a watch until `isEnough`. */
  watch(path: string, isEnough: (events: readonly string[]) => boolean): Promise<string[]>;
  /** Asks again until the answer is `isRight`. */
  becomes(path: string, isRight: (answer: Answer) => boolean): Promise<Answer>;
}

export const MERGE = { 'content-type': 'application/merge-patch+json' };
export const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

/** What `k3ts server --disable-agent` is told when nothing else is said. */
export function serverConfig(dataDir: string, overrides: Partial<ServerConfig> = {}): ServerConfig {
  return {
    ...DEFAULTS,
    dataDir,
    bindAddress: '127.0.0.1',
    httpsListenPort: 0,
    tlsSans: [],
    writeKubeconfig: join(dataDir, 'kubeconfig'),
    disable: [],
    disableScheduler: false,
    disableKubeProxy: false,
    disableAgent: true,
    kubeApiserverArgs: [],
    kubeControllerManagerArgs: [],
    agent: {
      withNodeId: false,
      nodeLabels: [],
      nodeTaints: [],
      nodeIps: [],
      nodeExternalIps: [],
      privateRegistry: DEFAULTS.privateRegistry,
      snapshotter: DEFAULTS.snapshotter,
      kubeletArgs: [],
      kubeProxyArgs: [],
    },
    ...overrides,
  };
}

/** Starts one; without `dataDir` in one of its own, which goes with it. */
export async function startControlPlane(overrides: Partial<ServerConfig> = {}): Promise<ControlPlane> {
  logSink.level = 'fatal';
  const dataDir = overrides.dataDir ?? mkdtempSync(join(tmpdir(), 'k3ts-integration-'));
  const cluster = await startServer(serverConfig(dataDir, overrides));
  const agents = agentsFor(cluster);
  const request: ControlPlane['request'] = (method, path, { as = 'admin', body, headers = {} } = {}) => {
    const authorization: Record<string, string> = typeof as === 'object' ? { authorization: `Bearer ${as.token}` } : {};
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const type: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
    const agent = as === 'admin' ? agents.admin : agents.anonymous;
    return send({ port: cluster.port, method, path, agent, headers: { ...type, ...authorization, ...headers } }, text);
  };
  return {
    cluster,
    dataDir,
    request,
    async ok(method, path, options) {
      const answer = await request(method, path, options);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer;
    },
    watch: (path, isEnough) => watchEvents({ port: cluster.port, method: 'GET', path, agent: agents.admin }, isEnough),
    async becomes(path, isRight) {
      return await waitFor(`${path} to be right`, async () => {
        const answer = await request('GET', path);
        return isRight(answer) ? answer : undefined;
      });
    },
    async [Symbol.asyncDispose]() {
      agents.admin.destroy();
      agents.anonymous.destroy();
      await cluster.stop();
      if (overrides.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A member of an answer as text: strings as they are. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A field of a kubeconfig, decoded. */
export function kubeconfigData(text: string, field: string): string {
  const match = new RegExp(`${field}: (\\S+)`).exec(text);
  return Buffer.from(match?.[1] ?? '', 'base64').toString();
}

function agentsFor({ kubeconfigText }: Cluster): { admin: https.Agent; anonymous: https.Agent } {
  const ca = kubeconfigData(kubeconfigText, 'certificate-authority-data');
  const identity = { cert: kubeconfigData(kubeconfigText, 'client-certificate-data'), key: kubeconfigData(kubeconfigText, 'client-key-data') };
  return { admin: new https.Agent({ ca, ...identity, keepAlive: true }), anonymous: new https.Agent({ ca, keepAlive: true }) };
}

type Target = https.RequestOptions & { readonly path: string };

function send(target: Target, body: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: '127.0.0.1', ...target }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const contentType = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, contentType, text, json: contentType.includes('json') ? (JSON.parse(text) as Json) : {} });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function watchEvents(target: Target, isEnough: (events: readonly string[]) => boolean): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const events: string[] = [];
    let rest = '';
    const request = https.get({ host: '127.0.0.1', ...target }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) events.push(nameOf(JSON.parse(line) as Json));
        if (!isEnough(events)) return;
        resolve(events);
        request.destroy();
      });
      response.on('end', () => resolve(events));
    });
    request.on('error', reject);
  });
}
function nameOf({ type, object }: Json): string {
  return `${textOf(type)} ${textOf(object?.['metadata']?.['name'])}`;
}
