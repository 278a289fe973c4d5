/** `npm start` as a newcomer runs it: a cluster, a sample that answers, a clean end, and a second start that finds everything. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { waitFor } from '#lib';

const project = join(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'k3ts-e2e-start-'));
for (const entry of ['bin', 'scripts', 'src', 'test', 'manifests', 'package.json', 'package-lock.json'])
  cpSync(join(project, entry), join(copy, entry), { recursive: true });
// The installation itself is what CI's clean clone shows; here the packages are shared.
symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
after(() => rmSync(copy, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

function npmStart(): Run {
  // A session of its own, like a terminal's: Ctrl-C goes to the whole group.
  const child = spawn('npm', ['start'], { cwd: copy, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text, exited: new Promise((resolve) => child.once('exit', resolve)) };
}

/** Starts, asks, presses Ctrl-C; what was printed, and the uid of the sample's Deployment. */
async function startAndStop(): Promise<{ output: string; uid: string }> {
  const run = npmStart();
  let uid = '';
  try {
    await waitFor(
      'the cluster and the sample',
      () => {
        if (run.child.exitCode !== null) throw new Error(run.output());
        return run.output().includes('Ctrl-C stops it');
      },
      { timeoutMs: 90_000 },
    );
    const url = /Sample app {2}(\S+)/.exec(run.output())?.[1] ?? '';
    assert.match(await (await fetch(url)).text(), /^Hello from sample-/);
    const kubeconfig = join(copy, '.cache/start/kubeconfig');
    uid = execFileSync('kubectl', ['--kubeconfig', kubeconfig, 'get', 'deployment', 'sample', '-o', 'jsonpath={.metadata.uid}'], { encoding: 'utf8' });
  } finally {
    if (run.child.pid) process.kill(-run.child.pid, 'SIGINT');
    await run.exited;
  }
  return { output: run.output(), uid };
}

/** Whatever a start could leave behind on this host. */
function leftovers(): string[] {
  const groups = existsSync('/sys/fs/cgroup/pids') ? readdirSync('/sys/fs/cgroup/pids') : readdirSync('/sys/fs/cgroup');
  return [...groups.filter((name) => name === 'k3ts-test-start'), ...Object.keys(networkInterfaces()).filter((name) => name === 'k3ts-start')];
}

let firstUid = '';

test('the first start answers by node port and by name, and Ctrl-C leaves nothing', async () => {
  const { output, uid } = await startAndStop();
  firstUid = uid;
  assert.match(output, /node k3ts Ready/);
  assert.match(output, /from this host, by node port: .* -> Hello from sample-/);
  assert.match(output, /inside a Pod, by its DNS name: .* -> Hello from sample-/);
  assert.match(output, /kubeconfig {2}\S+\/kubeconfig/);
  assert.match(output, /SIGINT: stopping\n.* stopped/);
  assert.deepEqual(leftovers(), []);
});

test('the second start finds the objects of the first', async () => {
  const { uid } = await startAndStop();
  assert.match(firstUid, /^[0-9a-f-]{36}$/);
  assert.equal(uid, firstUid);
});
