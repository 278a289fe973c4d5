import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMachine, type Machine } from '#test/machine/index.ts';
import { busyboxImage } from '#test/machine/images.ts';
import { createServerNode, type ServerNode } from '#test/machine/node.ts';

export const IMAGE = 'k3ts.bench/busybox:1';

/** Runs `measure` on a fresh machine that is linked with this host, with the benchmark's image in place. */
export async function onMachine<T>(measure: (node: ServerNode, machine: Machine) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-bench-'));
  const machine = await createMachine({ name: 'bench', dir, hostLink: true, subnet: 9 });
  try {
    const node = createServerNode(machine);
    node.addImage('bench.tar', busyboxImage(IMAGE));
    return await measure(node, machine);
  } finally {
    await machine.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}
