/** Where images come from: registries and their mirrors in registries.yaml, pull secrets and policies, archives in agent/images. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { waitFor } from '#lib';
import { busyboxImage } from '#test/machine/images.ts';
import { useCluster } from './cluster.ts';
import { list, once, pod, shell } from './specs.ts';

const cluster = useCluster({ name: 'images', isManual: true });
const { apply, becomes, kubectl, read } = cluster;

const OPEN = '127.0.0.1:5000';
const GUARDED = '127.0.0.1:5001';
// `sesame`, as htpasswd writes it.
const USERS = 'user:$2b$04$8cHPctgaB.QGKcqX2ab5/ebFxTehgybCNd8CAScy7cZvACua6ogry\n';

const REGISTRIES = `
mirrors:
  docker.io: {endpoint: ["http://${OPEN}"]}
  moved.test: {endpoint: ["http://${OPEN}"], rewrite: {"^(.*)$": "library/$1"}}
  guarded.test: {endpoint: ["http://${GUARDED}"]}
  known.test: {endpoint: ["http://localhost:5001"]}
configs:
  "localhost:5001": {auth: {username: user, password: sesame}}
`;

/** Runs a registry on the machine until the machine ends. */
async function runRegistry(name: string, address: string, auth: object = {}): Promise<void> {
  const dir = join(cluster.machine.dir, name);
  mkdirSync(dir);
  writeFileSync(join(dir, 'users'), USERS);
  const storage = { filesystem: { rootdirectory: join(dir, 'data') } };
  // JSON is YAML too.
  writeFileSync(join(dir, 'config.yml'), JSON.stringify({ version: 0.1, storage, http: { addr: address }, ...auth }));
  cluster.machine.spawn(['docker-registry', 'serve', join(dir, 'config.yml')], { stdio: 'ignore' }).unref();
  await waitFor(
    `the registry at ${address}`,
    async () => (await cluster.machine.run(['curl', '-so', '/dev/null', `http://${address}/v2/`], { mayFail: true })).code === 0,
  );
}

/** Pushes an image whose file /version tells them apart. */
async function push(reference: string, version: string): Promise<void> {
  const file = join(cluster.machine.dir, `push-${reference.replaceAll(/\W/g, '-')}.tar`);
  writeFileSync(file, image(reference, version));
  await cluster.machine.run([
    'skopeo',
    'copy',
    '--insecure-policy',
    '--dest-tls-verify=false',
    '--dest-creds=user:sesame',
    `oci-archive:${file}`,
    `docker://${reference}`,
  ]);
}
const image = (name: string, version: string) => busyboxImage(name, [{ path: 'version', content: Buffer.from(`${version}\n`) }]);

const shows = (name: string, reference: string, spec: object = {}, container: object = {}) =>
  pod(name, [shell('cat /version', { image: reference, ...container })], { ...once, ...spec });
const output = async (name: string) => {
  await becomes(`pod ${name}`, '{.status.phase}', /Succeeded|Failed/);
  return await kubectl('logs', name);
};
const events = async (name: string) =>
  await read(`events --field-selector=involvedObject.name=${name}`, '{range .items[*]}{.type} {.reason}: {.message}{"\\n"}{end}');
const waitingReason = '{.status.containerStatuses[0].state.waiting.reason}';
const waitingMessage = '{.status.containerStatuses[0].state.waiting.message}';

test('registries run, and a node starts that knows them', async () => {
  await Promise.all([
    runRegistry('open', OPEN),
    runRegistry('guarded', GUARDED, { auth: { htpasswd: { realm: 'guarded', path: join(cluster.machine.dir, 'guarded/users') } } }),
  ]);
  await Promise.all([push(`${OPEN}/library/app:1`, 'first'), push(`${OPEN}/library/only:1`, 'only'), push(`${GUARDED}/team/app:1`, 'guarded')]);
  mkdirSync(join(cluster.machine.dir, 'etc/rancher/k3s'), { recursive: true });
  writeFileSync(join(cluster.machine.dir, 'etc/rancher/k3s/registries.yaml'), REGISTRIES);
  await cluster.node.start();
  await cluster.node.waitReady();
  await cluster.node.waitNodeReady();
});

describe('pulling', { concurrency: true }, () => {
  test('from a registry, and through mirrors of registries.yaml', async () => {
    const digest = execFileSync('sha256sum', {
      input: (await cluster.machine.run(['skopeo', 'inspect', '--raw', '--tls-verify=false', `docker://${OPEN}/library/app:1`])).stdout,
      encoding: 'utf8',
    }).split(' ')[0];
    await apply(
      list(
        shows('mirrored', 'only:1'),
        shows('direct', `${OPEN}/library/app:1`),
        shows('moved', 'moved.test/app:1'),
        shows('exact', `docker.io/library/app@sha256:${digest}`),
      ),
    );
    assert.equal(await output('mirrored'), 'only\n');
    for (const name of ['direct', 'moved', 'exact']) assert.equal(await output(name), 'first\n', name);
    assert.equal(await read('pod mirrored', '{.status.containerStatuses[0].image}'), 'docker.io/library/only:1');
    // One image may have many names; the digest is the same under all of them.
    assert.match(await read('pod direct', '{.status.containerStatuses[0].imageID}'), new RegExp(`@sha256:${digest}$`));
    assert.match(
      await events('direct'),
      /Normal Pulling: Pulling image "127.0.0.1:5000\/library\/app:1"\n[\s\S]*Normal Pulled: Successfully pulled image "127.0.0.1:5000\/library\/app:1" in [\d.]+m?s \([\d.]+m?s including waiting\)\. Image size: \d+ bytes\./,
    );
  });

  test('with the credentials of registries.yaml, and with pull secrets of the Pod and of its service account', async () => {
    const secret = (name: string, host: string) =>
      kubectl('create', 'secret', 'docker-registry', name, `--docker-server=${host}`, '--docker-username=user', '--docker-password=sesame');
    await Promise.all([secret('for-guarded', 'guarded.test'), secret('for-direct', `http://${GUARDED}`), kubectl('create', 'serviceaccount', 'puller')]);
    await kubectl('patch', 'serviceaccount', 'puller', '-p', '{"imagePullSecrets":[{"name":"for-guarded"}]}');
    const imagePullSecrets = [{ name: 'for-guarded' }, { name: 'for-direct' }];
    await apply(list(shows('known', 'known.test/team/app:1')));
    assert.equal(await output('known'), 'guarded\n');
    await apply(
      list(
        shows('direct-secret', `${GUARDED}/team/app:1`, { imagePullSecrets }),
        shows('of-account', 'guarded.test/team/app:1', { serviceAccountName: 'puller' }),
      ),
    );
    for (const name of ['direct-secret', 'of-account']) assert.equal(await output(name), 'guarded\n', name);
    await apply(list(shows('no-secret', `${GUARDED}/team/app:2`)));
    await becomes('pod no-secret', waitingReason, /ErrImagePull|ImagePullBackOff/);
    assert.match(await read('pod no-secret', waitingMessage), /no basic auth credentials|authorization failed|401 Unauthorized/);
  });

  test('an image that is missing is asked for again until it appears', async () => {
    await apply(list(shows('early', `${OPEN}/late:1`)));
    await becomes('pod early', waitingReason, 'ImagePullBackOff');
    assert.match(await read('pod early', waitingMessage), new RegExp(`^Back-off pulling image "${OPEN}/late:1": ErrImagePull: .*not found$`));
    assert.equal(await read('pod early', '{.status.phase}'), 'Pending');
    const told = await events('early');
    assert.match(told, new RegExp(`Warning Failed: Failed to pull image "${OPEN}/late:1": .*not found`));
    for (const line of [
      'Warning Failed: Error: ErrImagePull',
      `Normal BackOff: Back-off pulling image "${OPEN}/late:1"`,
      'Warning Failed: Error: ImagePullBackOff',
    ])
      assert.ok(told.includes(`${line}\n`), `${line} is missing in\n${told}`);
    await push(`${OPEN}/late:1`, 'came late');
    assert.equal(await output('early'), 'came late\n');
  });

  test('a name that is none', async () => {
    await apply(list(shows('odd', 'Odd')));
    await becomes('pod odd', waitingReason, 'InvalidImageName');
    assert.match(
      await read('pod odd', waitingMessage),
      /^Failed to apply default image tag "Odd": couldn't parse image name "Odd": invalid reference format: repository name \(library\/Odd\) must be lowercase$/,
    );
  });
});

test('imagePullPolicy', async () => {
  const reference = `${OPEN}/changing:1`;
  await push(reference, 'old');
  await apply(list(shows('old', reference)));
  assert.equal(await output('old'), 'old\n');
  await push(reference, 'new');
  const policy = (imagePullPolicy: string) => ({ imagePullPolicy });
  await apply(
    list(
      shows('if-not-present', reference, {}, policy('IfNotPresent')),
      shows('never', reference, {}, policy('Never')),
      shows('none', `${OPEN}/nothing:1`, {}, policy('Never')),
    ),
  );
  assert.equal(await output('if-not-present'), 'old\n');
  assert.equal(await output('never'), 'old\n');
  await becomes('pod none', waitingReason, 'ErrImageNeverPull');
  assert.equal(await read('pod none', waitingMessage), `Container image "${OPEN}/nothing:1" is not present with pull policy of Never`);
  await apply(list(shows('always', reference, {}, policy('Always'))));
  assert.equal(await output('always'), 'new\n');
});

test('an archive that is put into agent/images while k3ts runs', async () => {
  const reference = 'archived.test/app:1';
  await apply(list(shows('waiting', reference, {}, { imagePullPolicy: 'Never' }), shows('backing-off', `${OPEN}/archived:1`)));
  await becomes('pod waiting', waitingReason, 'ErrImageNeverPull');
  await becomes('pod backing-off', waitingReason, 'ImagePullBackOff');
  cluster.node.addImage('late.tar', image(reference, 'from an archive'));
  cluster.node.addImage('late-too.tar', image(`${OPEN}/archived:1`, 'from another'));
  assert.equal(await output('waiting'), 'from an archive\n');
  assert.equal(await output('backing-off'), 'from another\n');
});

test('k3ts ctr and crictl reach this containerd', async () => {
  const bin = join(import.meta.dirname, '../../bin/k3ts');
  const { stdout } = await cluster.machine.run([bin, 'ctr', 'images', 'list', '-q']);
  for (const name of ['docker.io/library/only:1', 'archived.test/app:1', 'k3ts.test/busybox:1'])
    assert.ok(stdout.split('\n').includes(name), `${name} is not in\n${stdout}`);
  assert.match(await kubectl('get', 'node', 'images', '-o', 'jsonpath={.status.images[*].names}'), /archived\.test\/app:1/);
  const crictl = await cluster.machine.run([bin, 'crictl', 'images'], { mayFail: true });
  if (crictl.code === 0) assert.match(crictl.stdout, /archived\.test\/app +1 /);
  else assert.match(crictl.stderr, /Cannot run crictl: it is not on PATH; install crictl/);
});
