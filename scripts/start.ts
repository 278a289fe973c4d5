/**
 * `npm start`: a one-node cluster with a sample application, on an isolated machine (own network namespace, nothing of this host's network is
 * touched), until Ctrl-C. State stays in .cache/start, so that a second start reuses it. `bin/k3ts server` runs on the host itself instead.
 */
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, waitFor } from '#lib';
import { createMachine } from '#test/machine/index.ts';
import { busyboxImage } from '#test/machine/images.ts';
import { createServerNode, type ServerNode } from '#test/machine/node.ts';

const root = join(import.meta.dirname, '..');
const dir = join(root, '.cache/start');
const begin = performance.now();

function say(text: string): void {
  console.log(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}

/** One start at a time: two would share a machine. The file holds the process id of whoever has it. */
function takeLock(): () => void {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'lock');
  const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (holder && existsSync(`/proc/${holder}`)) throw new Error(`Cannot start: another "npm start" is running as process ${holder}; stop it first`);
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
  });
}

async function deploySample(node: ServerNode): Promise<string> {
  await node.kubectl('apply', '-f', join(root, 'manifests/sample.yaml'));
  await node.kubectl('rollout', 'status', 'deployment/sample', '--timeout=60s');
  const url = `http://${node.machine.nodeIp}:30080/`;
  const answer = await waitFor(`${url} to answer`, async () => (await fetch(url, { signal: AbortSignal.timeout(1000) })).text());
  say(`from this host, by node port:       ${url} -> ${answer.trim()}`);
  const inPod = await node.kubectl('exec', 'deploy/sample', '--', 'wget', '-qO-', 'http://sample.default.svc.cluster.local/');
  say(`inside a Pod, by its DNS name:      http://sample.default.svc.cluster.local/ -> ${inPod.trim()}`);
  return url;
}

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('Cannot start containers: root is needed; run "sudo npm start"');
  const release = takeLock();
  const stopSignal = signalled();
  const log = join(dir, 'k3ts.log');
  closeSync(openSync(log, 'w'));
  const machine = await createMachine({ name: 'start', dir, hostLink: true, subnet: 1 });
  const node = createServerNode(machine, { nodeName: 'k3ts' });
  try {
    const image = join(dir, 'var/lib/rancher/k3s/agent/images/sample.tar');
    if (!existsSync(image)) node.addImage('sample.tar', busyboxImage('k3ts.io/sample:1', [{ path: 'www/.keep', content: Buffer.alloc(0) }]));
    await node.start();
    const work = (async () => {
      await node.waitReady();
      say('API server ready');
      await node.waitNodeReady();
      say('node k3ts Ready');
      const url = await deploySample(node);
      console.log(`\nNode        k3ts (${machine.nodeIp})\nSample app  ${url}\nkubeconfig  ${node.kubeconfig}\nLog         ${log}\n`);
      console.log(`Try         kubectl --kubeconfig ${node.kubeconfig} get pods -A\nCtrl-C stops it; the next start finds everything as it was.`);
      return stopSignal;
    })();
    const signal = await Promise.race([work, stopSignal]);
    console.log(`\n${signal}: stopping`);
  } finally {
    await node.stop();
    await machine.stop();
    release();
    say('stopped');
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(`Cannot start: ${describeError(error)}`);
  process.exit(1);
}
