import { chownSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '#lib';
import type { KeyAndCertificate } from './certificates/x509.ts';

export interface KubeconfigOptions {
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly caPem: string;
  readonly client: KeyAndCertificate;
}

/** A kubeconfig with one cluster, user and context, all named `default`, as k3s writes it. */
export function renderKubeconfig(options: KubeconfigOptions): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(options.caPem)}
    server: ${options.server}
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: ${base64(options.client.certPem)}
    client-key-data: ${base64(options.client.keyPem)}
`;
}

/** Writes the admin kubeconfig with the mode (octal text) and group (name or id) that the user asked for. */
export function writeKubeconfig(file: string, content: string, options: { mode?: string | undefined; group?: string | undefined }): void {
  const mode = options.mode === undefined ? 0o600 : Number.parseInt(options.mode, 8);
  if (Number.isNaN(mode) || mode > 0o777)
    throw new Error(`Cannot write kubeconfig: --write-kubeconfig-mode ${options.mode} is not an octal file mode such as 644`);
  writeFileAtomic(file, content, mode);
  if (options.group !== undefined) chownSync(file, process.getuid?.() ?? 0, groupId(options.group));
}

function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${group}:`));
  if (!line) throw new Error(`Cannot write kubeconfig: there is no group "${group}" (--write-kubeconfig-group)`);
  return Number(line.split(':')[2]);
}
