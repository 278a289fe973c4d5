import { readFile, stat } from 'node:fs/promises';
import type { Clock, Log } from '#lib';

/**
 * The name servers of a resolv.conf that can be asked from here on behalf of pods: loopback, link-local and multicast addresses
 * are the host's own business, and asking them could lead back to us.
 */
export function usableNameServers(resolvConf: string, ownAddresses: readonly string[] = []): string[] {
  return resolvConf
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
    .filter((address): address is string => address !== undefined && !isLocal(address) && !ownAddresses.includes(address));
}

function isLocal(address: string): boolean {
  if (address.includes(':')) return address === '::1' || address === '::' || /^fe[89ab]/i.test(address) || /^ff/i.test(address);
  const first = Number(address.split('.')[0]);
  return first === 127 || first === 0 || first >= 224 || address.startsWith('169.254.');
}

export interface HostNameServersOptions {
  /** `/etc/resolv.conf`. */
  readonly path: string;
  /** Never asked: what listens there is this program. */
  readonly ownAddresses: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** A file is looked at again at most this often, and only while names are asked for. */
const FRESH_MS = 5000;

/**
 * The usable name servers of a resolv.conf, followed while it changes: networks come and go under a running program. Nothing watches the
 * file, which may be a link to one that is replaced; who asks for the servers pays for a look at its times.
 */
export class HostNameServers {
  readonly #options: HostNameServersOptions;
  #servers: readonly string[] | undefined;
  /** What the file was when it was read. */
  #version: string | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(options: HostNameServersOptions) {
    this.#options = options;
  }

  /** Never rejects: without a readable file there are none, which is logged when it becomes so. */
  async current(): Promise<readonly string[]> {
    const now = this.#options.clock.monotonic();
    if (this.#servers && now - this.#lookedMs < FRESH_MS) return this.#servers;
    this.#lookedMs = now;
    const { path, ownAddresses, log } = this.#options;
    try {
      const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
      const version = [dev, ino, size, mtimeMs, ctimeMs].join();
      if (this.#servers && version === this.#version) return this.#servers;
      this.#accept(usableNameServers(await readFile(path, 'utf8'), ownAddresses), version);
    } catch (error) {
      if (this.#version !== 'unreadable') log.warning("Cannot read the host's name servers", { path, err: error });
      this.#servers = [];
      this.#version = 'unreadable';
    }
    return this.#servers ?? [];
  }

  #accept(servers: readonly string[], version: string): void {
    const { path, log } = this.#options;
    if (servers.length === 0 && this.#servers?.length !== 0) {
      log.warning('The host has no usable name server: names outside the cluster will not resolve', { path });
    } else if (this.#servers && servers.join() !== this.#servers.join()) log.info("The host's name servers changed", { servers: servers.join(',') });
    this.#servers = servers;
    this.#version = version;
  }
}
