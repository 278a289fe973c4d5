import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseYaml } from '#lib/yaml';
import type { RemoteClientOptions } from './remote-client.ts';

interface Kubeconfig {
  'current-context'?: string;
  clusters?: { name: string; cluster: KubeconfigCluster }[];
  users?: { name: string; user: KubeconfigUser }[];
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
}
interface KubeconfigCluster {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
}
interface KubeconfigUser {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
}

/** What a kubeconfig's context says about reaching the API server; files it names are read. Throws an Error that names what is wrong with it. */
export async function loadKubeconfig(
  path: string,
  options: { context?: string | undefined } = {},
): Promise<RemoteClientOptions & { namespace?: string | undefined }> {
  const config = await parse(path);
  const contextName = options.context ?? config['current-context'];
  const fail = (what: string): Error => new Error(`Cannot use kubeconfig "${path}": ${what}`);
  if (!contextName) throw fail('it names no current-context');
  const context = config.contexts?.find((candidate) => candidate.name === contextName)?.context;
  if (!context) throw fail(`it has no context "${contextName}"`);
  const cluster = config.clusters?.find((candidate) => candidate.name === context.cluster)?.cluster;
  if (!cluster?.server) throw fail(`its cluster "${context.cluster}" has no server`);
  const user = config.users?.find((candidate) => candidate.name === context.user)?.user;
  if (!user) throw fail(`it has no user "${context.user}"`);
  // Data wins over a file, as in client-go; paths are relative to the kubeconfig.
  const pem = async (data: string | undefined, file: string | undefined): Promise<string | undefined> => {
    if (data) return Buffer.from(data, 'base64').toString();
    if (!file) return undefined;
    const filePath = resolve(dirname(path), file);
    return readFile(filePath, 'utf8').catch((cause: unknown) => {
      throw new Error(`Cannot use kubeconfig "${path}": file "${filePath}" is not readable`, { cause });
    });
  };
  return {
    server: cluster.server,
    caPem: await pem(cluster['certificate-authority-data'], cluster['certificate-authority']),
    certPem: await pem(user['client-certificate-data'], user['client-certificate']),
    keyPem: await pem(user['client-key-data'], user['client-key']),
    token: user.token ?? (await pem(undefined, user.tokenFile))?.trim(),
    serverName: cluster['tls-server-name'],
    insecure: cluster['insecure-skip-tls-verify'],
    namespace: context.namespace,
  };
}

async function parse(path: string): Promise<Kubeconfig> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`Cannot read kubeconfig "${path}": is the server running, and may you read the file?`, { cause });
  });
  try {
    const config = text.trim() === '' ? null : parseYaml(text);
    if (config !== null && typeof config === 'object') return config;
  } catch (cause) {
    throw new Error(`Cannot use kubeconfig "${path}": it is not YAML`, { cause });
  }
  throw new Error(`Cannot use kubeconfig "${path}": it is empty`);
}
