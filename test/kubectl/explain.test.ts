/** `kubectl explain` knows every resource that discovery names, in every version, by both OpenAPI documents. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { allResources } from '#api';
import { type ControlPlane, startControlPlane } from '../integration/control-plane.ts';

let plane: ControlPlane;
let home: string;
before(async () => {
  plane = await startControlPlane();
  home = mkdtempSync(join(tmpdir(), 'k3ts-explain-'));
  writeFileSync(join(home, 'kubeconfig'), plane.cluster.kubeconfigText);
});
after(async () => {
  await plane[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

interface Served {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}
const served: readonly Served[] = allResources.flatMap(({ group, version, plural, kind, alsoServedAs = [] }) =>
  [{ group, version }, ...alsoServedAs].map((each) => ({ group: each.group, version: each.version, plural, kind })),
);

/** What kubectl prints; throws with it when kubectl fails. */
function kubectl(...argv: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: join(home, 'kubeconfig'), GOGC: 'off' };
  return new Promise((resolve, reject) => {
    execFile('kubectl', argv, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`kubectl ${argv.join(' ')}: ${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
}

describe('kubectl explain', { concurrency: 3 }, () => {
  for (const each of served) {
    const { group, version, plural, kind } = each;
    const apiVersion = group ? `${group}/${version}` : version;
    it(`explains ${apiVersion} ${plural}`, async () => {
      const text = await kubectl('explain', plural, `--api-version=${apiVersion}`, '--recursive');
      assert.match(text, new RegExp(`^KIND: +${kind}$`, 'm'));
      assert.match(text, new RegExp(`^VERSION: +${version}$`, 'm'));
      assert.match(text, /^ {2}metadata\t<ObjectMeta>/m);
      assert.match(text, /^DESCRIPTION:\n {4}\S/m);
      const old = await kubectl('explain', plural, `--api-version=${apiVersion}`, '--recursive', '--output=plaintext-openapiv2');
      assert.deepEqual(fieldsOf(old, 3), fieldsOf(text, 2));
    });
  }
  it('completes the name of every resource', async () => {
    const names = (await kubectl('__complete', 'get', '')).split('\n');
    for (const { plural } of served.filter(({ kind }) => !/Review$|^Binding$/.test(kind)))
      assert.ok(
        names.some((name) => name === plural || name.startsWith(`${plural}.`)),
        plural,
      );
  });
});

/** The fields with how deep they lie, whatever each of the two forms says of their types. */
function fieldsOf(text: string, indent: number): string[] {
  const fields = text.slice(text.indexOf('FIELDS:')).matchAll(/^( +)(\S+)\t/gm);
  return [...fields].map(([, spaces = '', name = '']) => `${spaces.length / indent} ${name}`);
}
