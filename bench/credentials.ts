import { readFileSync } from 'node:fs';

export interface Credentials {
  readonly server: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Server and admin certificate of a kubeconfig that k3ts wrote. */
export function loadCredentials(kubeconfig: string): Credentials {
  const text = readFileSync(kubeconfig, 'utf8');
  const field = (name: string): string => {
    const value = new RegExp(`${name}: (\\S+)`).exec(text)?.[1];
    if (!value) throw new Error(`Cannot read ${kubeconfig}: it has no ${name}`);
    return value;
  };
  const data = (name: string) => Buffer.from(field(name), 'base64');
  return { server: field('server'), ca: data('certificate-authority-data'), cert: data('client-certificate-data'), key: data('client-key-data') };
}
