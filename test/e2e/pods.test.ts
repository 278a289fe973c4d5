/** What a Pod's spec promises, on real containers: each test applies Pods whose scripts print what they see. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { waitFor } from '#lib';
import { IMAGE, useCluster } from './cluster.ts';
import { configMap, type Fields, list, once, pod, shell, SLEEP } from './specs.ts';

const NAME = 'pods';
const cluster = useCluster({ name: NAME });
const { kubectl, apply, becomes, read } = cluster;

const applyAll = (...items: readonly Fields[]) => apply(list(...items));
/** What a Pod's container printed until it ended. */
const output = async (name: string, container = 'c') => {
  await becomes(`pod ${name}`, '{.status.phase}', /Succeeded|Failed/);
  // The runtime copies the last lines after the end: an empty log is asked for again, for a while.
  return await waitFor('its log', () => kubectl('logs', name, '-c', container), { timeoutMs: 5000 }).catch(() => '');
};
const events = async (name: string) => await read(`events --field-selector=involvedObject.name=${name}`, '{range .items[*]}{.reason}: {.message}{"\\n"}{end}');

describe('pods', { concurrency: 5 }, () => {
  describe('containers', () => {
    test('init containers run in order, a sidecar runs beside the rest and does not keep the Pod from ending', async () => {
      const mount = { volumeMounts: [{ name: 'work', mountPath: '/work' }] };
      const add = (word: string) => `echo ${word} >> /work/order; echo ${word} ran`;
      await applyAll(
        pod('inits', [shell('cat /work/order; wget -qO- http://127.0.0.1:8080/order | wc -l', mount)], {
          ...once,
          volumes: [{ name: 'work', emptyDir: {} }],
          initContainers: [
            shell(add('one'), { name: 'one', ...mount }),
            shell(`${add('side')}; exec httpd -f -p 8080 -h /work`, {
              name: 'side',
              restartPolicy: 'Always',
              startupProbe: { httpGet: { path: '/order', port: 8080 }, periodSeconds: 1 },
              ...mount,
            }),
            shell(`wget -qO- http://127.0.0.1:8080/order; ${add('two')}`, { name: 'two', ...mount }),
          ],
        }),
      );
      assert.equal(await output('inits'), 'one\nside\ntwo\n3\n');
      assert.equal(await kubectl('logs', 'inits', '-c', 'one'), 'one ran\n');
      assert.equal(await kubectl('logs', 'inits', '-c', 'two'), 'one\nside\ntwo ran\n');
      assert.equal(await read('pod inits', '{.status.initContainerStatuses[*].state.terminated.reason}').then((text) => text.split(' ')[0]), 'Completed');
      assert.equal(await read('pod inits', '{.status.initContainerStatuses[*].restartCount}'), '0 0 0');
    });

    test('a failing init container fails a Pod that never restarts, and keeps another one waiting', async () => {
      const inits = [shell('echo no >&2; exit 4', { name: 'first' })];
      await applyAll(pod('init-fails', [shell('true')], { ...once, initContainers: inits }), pod('init-retries', [shell('true')], { initContainers: inits }));
      await becomes('pod init-fails', '{.status.phase}', 'Failed');
      assert.equal(await read('pod init-fails', '{.status.containerStatuses[0].state.waiting.reason}'), 'PodInitializing');
      await becomes('pod init-retries', '{.status.initContainerStatuses[0].state.waiting.reason}', 'CrashLoopBackOff');
      assert.match(
        await kubectl('get', 'pods', 'init-fails', 'init-retries', '--no-headers'),
        /^init-fails .* Init:Error .*\ninit-retries .* Init:CrashLoopBackOff /,
      );
    });

    test('an ephemeral container from kubectl debug sees the processes of its target', async () => {
      await applyAll(pod('debugged', [shell('exec sleep 86401')]));
      await becomes('pod debugged', '{.status.phase}', 'Running');
      await kubectl('debug', 'debugged', `--image=${IMAGE}`, '--target=c', '-c', 'look', '--', 'sh', '-c', 'ps; echo looked');
      await becomes('pod debugged', '{.status.ephemeralContainerStatuses[0].state.terminated.reason}', 'Completed');
      assert.match(await kubectl('logs', 'debugged', '-c', 'look'), /1 .*sleep 86401[\s\S]*looked\n/);
      assert.equal(await read('pod debugged', '{.status.containerStatuses[0].restartCount}'), '0');
    });

    test('shareProcessNamespace shows the processes of the other containers', async () => {
      await applyAll(
        pod('shared', [shell('until ps | grep -q "sleep 8640[2]"; do sleep 0.1; done; echo seen'), shell('exec sleep 86402', { name: 'other' })], {
          shareProcessNamespace: true,
        }),
      );
      await waitFor(
        'the other process to be seen',
        async () => (await cluster.node.runKubectl(['logs', 'shared', '-c', 'c'], { mayFail: true })).stdout === 'seen\n',
      );
    });
  });

  describe('environment', () => {
    test('values, references, fields, resources, config maps and secrets', async () => {
      const env = [
        { name: 'PLAIN', value: 'a b' },
        { name: 'REFERS', value: '$(PLAIN)-$(NOT_THERE)-$$(PLAIN)' },
        { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'ACCOUNT', valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } } },
        { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
        { name: 'FROM_MAP', valueFrom: { configMapKeyRef: { name: 'env-map', key: 'one' } } },
        { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 'env-secret', key: 'word' } } },
        { name: 'OPTIONAL', valueFrom: { configMapKeyRef: { name: 'env-map', key: 'none', optional: true } } },
      ];
      await applyAll(
        configMap('env-map', { one: '1', two: '2' }),
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'env-secret' }, stringData: { word: 'hush' } },
        pod(
          'env',
          [
            shell('env | sort; echo "$0 $1"', {
              args: ['$(PLAIN)', '$(M_two)'],
              env,
              envFrom: [{ prefix: 'M_', configMapRef: { name: 'env-map' } }, { secretRef: { name: 'env-secret' } }],
              resources: { requests: { cpu: '20m' }, limits: { memory: '32Mi' } },
            }),
          ],
          once,
          { labels: { app: 'seen' } },
        ),
      );
      const lines = (await output('env')).trimEnd().split('\n');
      const wanted = ['PLAIN=a b', 'REFERS=a b-$(NOT_THERE)-$(PLAIN)', 'POD=env', 'LABEL=seen', `NODE=${NAME}`, 'ACCOUNT=default', 'MEMORY=32', 'CPU=20'];
      wanted.push('FROM_MAP=1', 'FROM_SECRET=hush', 'M_one=1', 'M_two=2', 'word=hush', 'HOSTNAME=env', 'KUBERNETES_SERVICE_PORT_HTTPS=443', 'a b 2');
      for (const line of wanted) assert.ok(lines.includes(line), `${line} is missing in\n${lines.join('\n')}`);
      assert.match(lines.find((line) => line.startsWith('IP=')) ?? '', /^IP=10\.42\.0\.\d+$/);
      assert.ok(!lines.some((line) => line.startsWith('OPTIONAL=')));
    });

    test('a missing config map keeps the container waiting until it is there', async () => {
      await applyAll(pod('waits', [shell('echo $A', { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'late', key: 'a' } } }] })], once));
      await becomes('pod waits', '{.status.containerStatuses[0].state.waiting.reason}', 'CreateContainerConfigError');
      assert.equal(await read('pod waits', '{.status.containerStatuses[0].state.waiting.message}'), 'configmap "late" not found');
      await applyAll(configMap('late', { a: 'came' }));
      assert.equal(await output('waits'), 'came\n');
    });
  });

  describe('volumes', () => {
    test('emptyDir on disk and in memory, hostPath, subPath, read only', async () => {
      const host = join(cluster.machine.dir, 'shared');
      await applyAll(
        pod(
          'dirs',
          [
            shell('echo kept > /host/file; df /mem | tail -1; stat -c %a /dir; cat /part/deep/file; (echo x > /ro/file) 2>/dev/null || echo read only', {
              volumeMounts: [
                { name: 'dir', mountPath: '/dir' },
                { name: 'mem', mountPath: '/mem' },
                { name: 'host', mountPath: '/host' },
                { name: 'host', mountPath: '/ro', readOnly: true },
                { name: 'dir', mountPath: '/part', subPath: 'inner/part' },
              ],
            }),
          ],
          {
            ...once,
            initContainers: [
              shell('mkdir -p /dir/inner/part/deep; echo sub > /dir/inner/part/deep/file', {
                name: 'fill',
                volumeMounts: [{ name: 'dir', mountPath: '/dir' }],
              }),
            ],
            volumes: [
              { name: 'dir', emptyDir: {} },
              { name: 'mem', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } },
              { name: 'host', hostPath: { path: host, type: 'DirectoryOrCreate' } },
            ],
          },
        ),
      );
      assert.match(await output('dirs'), /^tmpfs +4096 .*\/mem\n777\nsub\nread only\n$/);
      assert.equal((await cluster.machine.run(['cat', join(host, 'file')])).stdout, 'kept\n');
    });

    test('an update of a config map, a secret and a label reaches the running container', async () => {
      await applyAll(
        configMap('followed', { key: 'old' }),
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'followed' }, stringData: { key: 'old' } },
        pod(
          'follows',
          [shell(SLEEP, { volumeMounts: ['map', 'secret', 'fields'].map((name) => ({ name, mountPath: `/${name}` })) })],
          {
            volumes: [
              { name: 'map', configMap: { name: 'followed', items: [{ key: 'key', path: 'sub/renamed', mode: 0o400 }] } },
              { name: 'secret', secret: { secretName: 'followed', defaultMode: 0o440 } },
              { name: 'fields', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
            ],
          },
          { labels: { state: 'old' } },
        ),
      );
      await becomes('pod follows', '{.status.phase}', 'Running');
      const show = 'cat /map/sub/renamed; echo; cat /secret/key; echo; cat /fields/labels; echo; stat -Lc %a /map/sub/renamed /secret/key';
      const shown = () => kubectl('exec', 'follows', '--', 'sh', '-c', show);
      assert.equal(await shown(), 'old\nold\nstate="old"\n400\n440\n');
      await kubectl('patch', 'configmap', 'followed', '-p', '{"data":{"key":"new"}}');
      await kubectl('patch', 'secret', 'followed', '-p', '{"stringData":{"key":"new"}}');
      await kubectl('label', 'pod', 'follows', '--overwrite', 'state=new');
      await waitFor('the update', async () => (await shown()) === 'new\nnew\nstate="new"\n400\n440\n', { timeoutMs: 10_000, intervalMs: 200 });
    });

    test("the Pod's token is its identity at https://kubernetes.default", async () => {
      const program = realpathSync(execFileSync('which', ['kubectl'], { encoding: 'utf8' }).trim());
      const dir = '/var/run/secrets/kubernetes.io/serviceaccount';
      const whoami = `/kubectl --server=https://kubernetes.default --certificate-authority=${dir}/ca.crt auth whoami -o jsonpath='{.status.userInfo.username}'`;
      await applyAll(
        pod(
          'token',
          [
            shell(
              `cat ${dir}/namespace; echo; ${whoami} --token=$(cat ${dir}/token); echo; ${whoami} --token=$(cat /own/token) 2>&1 | head -1; cut -d. -f2 /own/token`,
              {
                volumeMounts: [
                  { name: 'kubectl', mountPath: '/kubectl', readOnly: true },
                  { name: 'own', mountPath: '/own' },
                ],
              },
            ),
          ],
          {
            ...once,
            volumes: [
              { name: 'kubectl', hostPath: { path: program, type: 'File' } },
              { name: 'own', projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'elsewhere', expirationSeconds: 600 } }] } },
            ],
          },
        ),
      );
      const [namespace, user, refused, claims = ''] = (await output('token')).trimEnd().split('\n');
      assert.deepEqual([namespace, user], ['default', 'system:serviceaccount:default:default']);
      assert.match(refused ?? '', /must be logged in|Unauthorized/);
      const claim = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
        aud: string[];
        exp: number;
        iat: number;
        'kubernetes.io': { pod: { name: string } };
      };
      assert.deepEqual([claim.aud, claim.exp - claim.iat, claim['kubernetes.io'].pod.name], [['elsewhere'], 600, 'token']);
    });
  });

  describe('probes', () => {
    test('a failing liveness probe restarts the container', async () => {
      const fails = { exec: { command: ['sh', '-c', 'echo broken; exit 1'] }, periodSeconds: 1, failureThreshold: 1 };
      await applyAll(pod('unhealthy', [shell(SLEEP, { livenessProbe: fails })]));
      await becomes('pod unhealthy', '{.status.containerStatuses[0].restartCount}', /[1-9]/);
      assert.match(await read('pod unhealthy', '{.status.containerStatuses[0].lastState.terminated.exitCode}'), /^137$/);
      assert.match(await events('unhealthy'), /Unhealthy: Liveness probe failed: broken\n[\s\S]*Killing: Container c failed liveness probe, will be restarted/);
    });

    test('the startup probe gates the others, readiness gates the Service', async () => {
      const script =
        'echo begun; sleep 1; mkdir /www; touch /www/up; httpd -p 8080 -h /www; until [ -f /open ]; do sleep 0.1; done; exec httpd -f -p 9090 -h /www';
      await applyAll(
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'gated' }, spec: { selector: { app: 'gated' }, ports: [{ port: 80, targetPort: 8080 }] } },
        pod(
          'gated',
          [
            shell(script, {
              ports: [{ name: 'web', containerPort: 8080 }],
              startupProbe: { httpGet: { path: '/up', port: 'web' }, periodSeconds: 1, failureThreshold: 30 },
              livenessProbe: { httpGet: { path: '/up', port: 'web' }, periodSeconds: 1, failureThreshold: 1 },
              readinessProbe: { tcpSocket: { port: 9090 }, periodSeconds: 1 },
            }),
          ],
          {},
          { labels: { app: 'gated' } },
        ),
      );
      await becomes('pod gated', '{.status.containerStatuses[0].started}', 'true');
      assert.equal(await read('pod gated', '{.status.conditions[?(@.type=="Ready")].status}'), 'False');
      await becomes('endpointslices -l kubernetes.io/service-name=gated', '{.items[0].endpoints[0].conditions.ready}', 'false');
      await kubectl('exec', 'gated', '--', 'touch', '/open');
      await becomes('pod gated', '{.status.conditions[?(@.type=="Ready")].status}', 'True');
      await becomes('endpointslices -l kubernetes.io/service-name=gated', '{.items[0].endpoints[0].conditions.ready}', 'true');
      assert.equal(await read('pod gated', '{.status.containerStatuses[0].restartCount}'), '0');
      assert.match(await events('gated'), /Unhealthy: Readiness probe failed: dial tcp 10\.42\.0\.\d+:9090: connect: connection refused/);
    });
  });

  describe('the end', () => {
    test('restart policies', async () => {
      const failing = 'n=$(cat /work/n 2>/dev/null || echo 0); echo $((n + 1)) > /work/n; echo last words > /dev/termination-log; exit $((n ? 0 : 3))';
      const work = { volumeMounts: [{ name: 'work', mountPath: '/work' }] };
      const volumes = [{ name: 'work', emptyDir: {} }];
      await applyAll(
        pod('never', [shell(failing, work)], { ...once, volumes }),
        pod('on-failure', [shell(failing, work)], { restartPolicy: 'OnFailure', volumes }),
        pod('always', [shell('exit 5')]),
      );
      await becomes('pod never', '{.status.phase}', 'Failed');
      assert.equal(
        await read('pod never', '{.status.containerStatuses[0].state.terminated.exitCode} {.status.containerStatuses[0].state.terminated.message}'),
        '3 last words\n',
      );
      await becomes('pod on-failure', '{.status.phase}', 'Succeeded');
      assert.equal(await read('pod on-failure', '{.status.containerStatuses[0].restartCount}'), '1');
      await becomes('pod always', '{.status.containerStatuses[0].state.waiting.reason}', 'CrashLoopBackOff');
      assert.match(
        await read('pod always', '{.status.containerStatuses[0].state.waiting.message}'),
        /^back-off (10|20)s restarting failed container=c pod=always_default\([0-9a-f-]{36}\)$/,
      );
      assert.match(await events('always'), /BackOff: Back-off restarting failed container c in pod always_default\(/);
      assert.match(await kubectl('get', 'pod', 'always', '--no-headers'), /^always +0\/1 +CrashLoopBackOff +\d \(\d+s ago\) /);
    });

    test('preStop, SIGTERM and the kill after the grace period', async () => {
      const host = join(cluster.machine.dir, 'last');
      const volumes = [{ name: 'host', hostPath: { path: host, type: 'DirectoryOrCreate' } }];
      const volumeMounts = [{ name: 'host', mountPath: '/host' }];
      const spec = (graceSeconds: number) => ({ volumes, terminationGracePeriodSeconds: graceSeconds });
      const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'echo hook >> /host/polite'] } } };
      await applyAll(
        pod('polite', [shell("trap 'echo term >> /host/polite; exit 0' TERM; while :; do sleep 0.1; done", { volumeMounts, lifecycle })], spec(30)),
        pod('stubborn', [shell("trap 'echo term >> /host/stubborn' TERM; while :; do sleep 0.1; done", { volumeMounts })], spec(2)),
      );
      for (const name of ['polite', 'stubborn']) await becomes(`pod ${name}`, '{.status.phase}', 'Running');
      const took = async (name: string) => {
        const startedMs = performance.now();
        await kubectl('delete', 'pod', name);
        return performance.now() - startedMs;
      };
      const [politeMs, stubbornMs] = await Promise.all([took('polite'), took('stubborn')]);
      assert.ok(politeMs < 15_000, `a container that ends on SIGTERM took ${politeMs} ms`);
      assert.ok(stubbornMs >= 1900 && stubbornMs < 20_000, `with a grace period of 2 s it took ${stubbornMs} ms`);
      const said = async (name: string) => (await cluster.machine.run(['cat', join(host, name)])).stdout;
      assert.deepEqual([await said('polite'), await said('stubborn')], ['hook\nterm\n', 'term\n']);
    });

    test('activeDeadlineSeconds fails the Pod', async () => {
      await applyAll(pod('late', [shell(SLEEP)], { activeDeadlineSeconds: 2 }));
      await becomes('pod late', '{.status.phase} {.status.reason}', 'Failed DeadlineExceeded');
      assert.equal(await read('pod late', '{.status.message}'), 'Pod was active on the node longer than the specified deadline');
    });

    test('memory beyond the limit is OOMKilled', async () => {
      await applyAll(pod('greedy', [shell('tail /dev/zero', { resources: { limits: { memory: '24Mi' } } })], once));
      await becomes('pod greedy', '{.status.containerStatuses[0].state.terminated.reason}', 'OOMKilled');
      assert.equal(await read('pod greedy', '{.status.containerStatuses[0].state.terminated.exitCode}'), '137');
    });
  });

  describe('isolation', () => {
    test('limits are those of the cgroup', async () => {
      const files = ['memory/memory.limit_in_bytes', 'cpu/cpu.cfs_quota_us', 'cpu/cpu.shares', 'memory.max', 'cpu.max', 'cpu.weight'];
      const resources = { requests: { cpu: '100m' }, limits: { memory: '48Mi', cpu: '250m' } };
      await applyAll(pod('limited', [shell(`cd /sys/fs/cgroup; for f in ${files.join(' ')}; do [ -f $f ] && cat $f; done; true`, { resources })], once));
      assert.match(await output('limited'), /^50331648\n25000( 100000)?\n(102|4)\n$/);
      assert.equal(await read('pod limited', '{.status.qosClass}'), 'Burstable');
    });

    test('user, groups, capabilities, read-only root', async () => {
      await applyAll(
        pod(
          'secure',
          [
            shell(
              'id -u; id -g; id -G; stat -c "%g %a" /data; touch /data/x && stat -c %g /data/x; touch /x 2>/dev/null || echo read only; grep -E "CapEff|NoNewPrivs" /proc/self/status',
              {
                securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
              },
            ),
          ],
          {
            ...once,
            volumes: [{ name: 'data', emptyDir: {} }],
            securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000] },
          },
        ),
        pod('rooted', [shell('grep CapEff /proc/self/status', { securityContext: { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } })], once),
        pod('refused', [shell('true')], { ...once, securityContext: { runAsNonRoot: true } }),
      );
      assert.match(await output('secure'), /^1000\n3000\n3000 2000 4000\n2000 2777\n2000\nread only\nCapEff:\t0+\nNoNewPrivs:\t1\n$/);
      assert.equal(await output('rooted'), 'CapEff:\t0000000000000400\n');
      await becomes('pod refused', '{.status.containerStatuses[0].state.waiting.reason}', 'CreateContainerConfigError');
      assert.match(
        await read('pod refused', '{.status.containerStatuses[0].state.waiting.message}'),
        /^container has runAsNonRoot and image will run as root \(pod: "refused_default\(.*\)", container: c\)$/,
      );
    });

    test("hostNetwork is the node's, hostPort leads to the Pod", async () => {
      await applyAll(
        pod('host-net', [shell('hostname; cat /etc/resolv.conf')], { ...once, hostNetwork: true }),
        pod('host-port', [shell('echo answer > /index.html; exec httpd -f -p 8080 -h /', { ports: [{ containerPort: 8080, hostPort: 18080 }] })]),
      );
      assert.equal(await output('host-net'), `${hostname()}\nnameserver 203.0.113.53\n`);
      assert.equal(await read('pod host-net', '{.status.podIP}'), cluster.machine.nodeIp);
      await becomes('pod host-port', '{.status.phase}', 'Running');
      const asked = async () => (await cluster.machine.run(['busybox', 'wget', '-qO-', `http://${cluster.machine.nodeIp}:18080/`], { mayFail: true })).stdout;
      await waitFor('the answer through the host port', async () => (await asked()) === 'answer\n');
    });

    test('names: resolv.conf by dnsPolicy and dnsConfig, hostname, hostAliases', async () => {
      const show = shell(
        'cat /etc/resolv.conf; hostname -f; grep -A1 HostAliases /etc/hosts; nslookup kubernetes.default.svc.cluster.local | grep -q 10.43.0.1 && echo found',
      );
      await applyAll(
        pod('dns-cluster', [show], {
          ...once,
          hostname: 'box',
          subdomain: 'sub',
          hostAliases: [{ ip: '198.18.9.9', hostnames: ['far', 'away'] }],
          dnsConfig: { searches: ['example.test'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] },
        }),
        pod('dns-none', [shell('cat /etc/resolv.conf')], { ...once, dnsPolicy: 'None', dnsConfig: { nameservers: ['198.18.9.53'], searches: ['only.test'] } }),
      );
      assert.equal(
        await output('dns-cluster'),
        [
          'search default.svc.cluster.local svc.cluster.local cluster.local example.test',
          'nameserver 10.43.0.10',
          'options ndots:2 edns0',
          'box.sub.default.svc.cluster.local',
          '# Entries added by HostAliases.',
          '198.18.9.9\tfar\taway',
          'found',
          '',
        ].join('\n'),
      );
      assert.equal(await output('dns-none'), 'search only.test\nnameserver 198.18.9.53\n');
    });
  });
});

test('a namespace full of Pods goes away as a whole', async () => {
  await kubectl('create', 'namespace', 'full');
  const names = Array.from({ length: 12 }, (_, index) => `p${index}`);
  await applyAll(...names.map((name) => pod(name, [shell(SLEEP)], {}, { namespace: 'full' })));
  await becomes('pods -n full', '{.items[*].status.phase}', names.map(() => 'Running').join(' '));
  await kubectl('delete', 'namespace', 'full', '--timeout=30s');
  assert.equal(await read('pods -n full', '{.items[*].metadata.name}'), '');
});

test('containers run on while k3ts stops and are adopted by its next start', async () => {
  await kubectl('delete', 'pods', '--all', '--wait=true');
  const host = join(cluster.machine.dir, 'beats');
  const script = 'echo begun; trap "exit 0" TERM; while :; do echo beat >> /host/beats; sleep 0.2; done';
  const volumes = [{ name: 'host', hostPath: { path: host, type: 'DirectoryOrCreate' } }];
  await applyAll(pod('stays', [shell(script, { volumeMounts: [{ name: 'host', mountPath: '/host' }] })], { volumes }));
  await becomes('pod stays', '{.status.phase}', 'Running');
  const identity =
    '{.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].state.running.startedAt}';
  const before = await read('pod stays', identity);
  assert.equal(await cluster.node.stop(), 0);
  // Not by its log: containerd writes that, and it has stopped too.
  const beats = () => readFileSync(join(host, 'beats')).length;
  const atStop = beats();
  await waitFor('the container to go on without k3ts', () => beats() > atStop);
  await cluster.node.start();
  await cluster.node.waitReady();
  await cluster.node.waitNodeReady();
  await becomes('pod stays', '{.status.conditions[?(@.type=="Ready")].status}', 'True');
  assert.equal(await read('pod stays', identity), before);
  assert.equal((await kubectl('logs', 'stays')).match(/begun/g)?.length, 1);
  await kubectl('exec', 'stays', '--', 'true');
});
