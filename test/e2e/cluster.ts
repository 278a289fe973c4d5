/** A one-node cluster on a machine of its own for one test file: made before its tests, ended and removed after them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { waitFor } from '#lib';
import { busyboxImage } from '#test/machine/images.ts';
import { createMachine, type Machine } from '#test/machine/index.ts';
import { createServerNode, type ServerNode } from '#test/machine/node.ts';

/** Debian's busybox with all applets; on every test node. */
export const IMAGE = 'k3ts.test/busybox:1';

export interface TestCluster {
  readonly machine: Machine;
  readonly node: ServerNode;
  /** kubectl as cluster admin; stdout. */
  readonly kubectl: (...args: string[]) => Promise<string>;
  /** `kubectl apply -f -`. */
  readonly apply: (yaml: string) => Promise<string>;
  /** A jsonpath of `kubectl get`, '' when there is no such object. */
  readonly read: (what: string, jsonPath: string) => Promise<string>;
  /** Waits until `read` answers `wanted`. */
  readonly becomes: (what: string, jsonPath: string, wanted: string | RegExp, timeoutMs?: number) => Promise<string>;
}

export interface ClusterOptions {
  readonly name: string;
  readonly flags?: readonly string[];
  /** Starts nothing by itself. */
  readonly isManual?: boolean;
  readonly hostLink?: boolean;
  readonly subnet?: number;
}

/** Registers before and after hooks; the object is usable inside tests. */
export function useCluster(options: ClusterOptions): TestCluster {
  const dir = mkdtempSync(join(tmpdir(), `k3ts-e2e-${options.name}-`));
  let machine: Machine | undefined;
  let node: ServerNode | undefined;
  const running = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The cluster is used outside of a test');
    return value;
  };
  before(async () => {
    machine = await createMachine({
      name: options.name,
      dir,
      ...(options.hostLink ? { hostLink: true } : {}),
      ...(options.subnet ? { subnet: options.subnet } : {}),
    });
    node = createServerNode(machine);
    node.addImage('busybox.tar', busyboxImage(IMAGE));
    if (options.isManual) return;
    await node.start(options.flags ?? []);
    await node.waitReady();
    await node.waitNodeReady();
  });
  after(async () => {
    const leaked = machine?.leakedPackets() ?? 0;
    await machine?.stop();
    if (process.env['K3TS_KEEP']) console.error(`kept: ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
    if (leaked > 0) throw new Error(`${leaked} packets would have left the machine`);
  });
  const cluster: TestCluster = {
    get machine() {
      return running(machine);
    },
    get node() {
      return running(node);
    },
    kubectl: (...args) => running(node).kubectl(...args),
    apply: async (yaml) => (await running(node).runKubectl(['apply', '-f', '-'], { input: yaml })).stdout,
    read: async (what, jsonPath) => (await running(node).runKubectl(['get', ...what.split(' '), '-o', `jsonpath=${jsonPath}`], { mayFail: true })).stdout,
    async becomes(what, jsonPath, wanted, timeoutMs = 60_000) {
      let last = '';
      try {
        return await waitFor(
          `${jsonPath} of ${what} to be ${wanted}`,
          async () => {
            last = await cluster.read(what, jsonPath);
            const isThere = typeof wanted === 'string' ? last === wanted : wanted.test(last);
            return isThere ? last || ' ' : undefined;
          },
          { timeoutMs, intervalMs: 100 },
        );
      } catch (error) {
        throw new Error(`${(error as Error).message}; it was ${JSON.stringify(last)}\n${await describe(running(node), what)}`, { cause: error });
      }
    },
  };
  return cluster;
}

/** What an engineer would look at first when something did not happen. */
async function describe(node: ServerNode, what: string): Promise<string> {
  const shown = await node.runKubectl(['describe', ...what.split(' ')], { mayFail: true });
  const events = await node.runKubectl(['get', 'events', '-A'], { mayFail: true });
  return `${shown.stdout.slice(-3000)}\n${events.stdout.slice(-3000)}\n${node.log().split('\n').slice(-30).join('\n')}`;
}
