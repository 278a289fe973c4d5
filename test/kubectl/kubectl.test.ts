/** kubectl 1.32 as people type it, against golden output. `K3TS_UPDATE=1` writes what is printed now into the transcripts: read every line of that diff. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ControlPlane, startControlPlane } from '../integration/control-plane.ts';
import { type Command, normaliseOutput, parseTranscript, printTranscript } from './transcript.ts';

const FOLDER = join(import.meta.dirname, 'transcripts');
const isUpdate = process.env['K3TS_UPDATE'] !== undefined;
const TIMEOUT_MS = 30_000;

let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane();
});
after(async () => {
  await plane[Symbol.asyncDispose]();
});

/** What everybody would see in discovery comes when the others are done. */
const [others, definers] = [false, true].map((isDefiner) => readdirSync(FOLDER).filter((file) => file.startsWith('custom-') === isDefiner));

for (const [name, files = []] of [
  ['kubectl', others],
  ['kubectl and custom resources', definers],
] as const) {
  describe(name, { concurrency: 4 }, () => {
    for (const file of files.sort()) it(titleOf(file), () => replay(file));
  });
}

function titleOf(file: string): string {
  return file.replace('.txt', '').replaceAll('-', ' ');
}
async function replay(file: string): Promise<void> {
  const path = join(FOLDER, file);
  const commands = parseTranscript(readFileSync(path, 'utf8'));
  const seen = await runAll(commands);
  if (isUpdate) writeFileSync(path, printTranscript(seen));
  // The first that differs says enough.
  else for (const [i, { script, output }] of seen.entries()) assert.equal(output, commands[i]?.output, script);
}

it('has at least 400 commands of kubectl', () => {
  const commands = readdirSync(FOLDER).flatMap((file) => parseTranscript(readFileSync(join(FOLDER, file), 'utf8')));
  const count = commands.filter(({ script }) => /\bkubectl\b/.test(script)).length;
  assert.ok(count >= 400, `there are ${count}`);
});

it('reads what it wrote, whatever commands print', () => {
  const script = "cat <<'END'\na\nEND";
  const commands = [
    { script, comment: '# shows', output: normaliseOutput('# no comment\n$ no command', 'ns', '/f') },
    { script: 'true', comment: '', output: '' },
  ];
  assert.deepEqual(parseTranscript(printTranscript(commands)), commands);
});

async function runAll(commands: readonly Command[]): Promise<Command[]> {
  const namespace = `ns-${randomBytes(4).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'k3ts-kubectl-'));
  try {
    await plane.ok('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } });
    for (const made of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt']) {
      await plane.becomes(`/api/v1/namespaces/${namespace}/${made}`, ({ status }) => status === 200);
    }
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, plane.cluster.kubeconfigText.replace(/^(\s*)cluster: default$/m, `$1cluster: default\n$1namespace: ${namespace}`));
    // GOGC: no run of kubectl is long enough to be worth collecting its garbage.
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: kubeconfig, NS: namespace, TZ: 'UTC', GOGC: 'off' };
    const seen: Command[] = [];
    for (const command of commands) {
      const output = normaliseOutput(await terminal(command.script, { cwd: folder, env }), namespace, folder);
      seen.push({ ...command, output });
    }
    return seen;
  } finally {
    await plane.request('DELETE', `/api/v1/namespaces/${namespace}`);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a command prints to the terminal, and how it exits when not with 0. */
function terminal(script: string, options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', `exec 2>&1\n${script}`], { ...options, timeout: TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 }, (error, stdout) => {
      resolve(error ? `${stdout.replace(/\n*$/, '\n')}[exit ${error.code ?? error.signal}]` : stdout);
    });
  });
}
