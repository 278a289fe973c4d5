/** kubectl 1.32 against a real node with real containers: what a user types in the first week. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { waitFor } from '#lib';
import { IMAGE, useCluster } from './cluster.ts';

const cluster = useCluster({ name: 'kubectl' });
const { kubectl, apply, becomes } = cluster;

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: ${IMAGE}
        command: [sh, -c, 'mkdir -p /www; hostname > /www/index.html; echo started; exec httpd -f -v -p 8080 -h /www']
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
`;

/** A Pod of one container `c` that runs a shell script. */
const scriptPod = (name: string, script: string, more: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: IMAGE, command: ['sh', '-c', script], ...more }] },
  });

/** The name of one running web Pod. */
const webPod = async () =>
  (await kubectl('get', 'pods', '-l', 'app=web', '--field-selector=status.phase=Running', '-o', 'jsonpath={.items[0].metadata.name}')).trim();

test('apply creates, says unchanged, and rollout status waits', async () => {
  assert.equal(await apply(WEB), 'deployment.apps/web created\nservice/web created\n');
  assert.match(await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s'), /deployment "web" successfully rolled out\n$/);
  assert.equal(await apply(WEB), 'deployment.apps/web unchanged\nservice/web unchanged\n');
});

describe('get', () => {
  test('tables, wide and narrow', async () => {
    assert.match(await kubectl('get', 'deployment', 'web'), /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 +\d+s\n$/);
    assert.match(await kubectl('get', 'deploy', 'web', '-o', 'wide'), /CONTAINERS +IMAGES +SELECTOR\nweb .* web +k3ts\.test\/busybox:1 +app=web\n$/);
    assert.match(
      await kubectl('get', 'pods', '-o', 'wide', '-l', 'app=web'),
      /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\nweb-[0-9a-z]+-[0-9a-z]+ +1\/1 +Running +0 +\d+s +10\.42\.0\.\d+ +kubectl +<none> +<none>\n/,
    );
    assert.match(await kubectl('get', 'nodes'), /^NAME +STATUS +ROLES +AGE +VERSION\nkubectl +Ready +control-plane\S* +\d+s +v1\.36\./);
    assert.match(await kubectl('get', 'all'), /pod\/web-[\s\S]*service\/kubernetes[\s\S]*deployment\.apps\/web[\s\S]*replicaset\.apps\/web-/);
  });
  test('yaml, json, jsonpath, custom columns, go-template, sort', async () => {
    assert.match(await kubectl('get', 'deployment', 'web', '-o', 'yaml'), /^apiVersion: apps\/v1\nkind: Deployment\n/);
    const json = JSON.parse(await kubectl('get', 'service', 'web', '-o', 'json')) as { spec: { clusterIP: string; type: string; ports: unknown[] } };
    assert.match(json.spec.clusterIP, /^10\.43\./);
    assert.deepEqual(json.spec.ports, [{ port: 80, protocol: 'TCP', targetPort: 'http' }]);
    assert.equal(await kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}'), '2');
    assert.equal(await kubectl('get', 'deployment', 'web', '-o', 'custom-columns=N:.metadata.name,R:.spec.replicas'), 'N     R\nweb   2\n');
    assert.equal(await kubectl('get', 'deployment', 'web', '-o', 'go-template={{.metadata.name}}'), 'web');
    assert.match(await kubectl('get', 'services', '--sort-by=.metadata.name', '-o', 'name'), /^service\/kubernetes\nservice\/web\n$/);
  });
  test('-w shows what changes', async () => {
    const watch = cluster.node.spawnKubectl(['get', 'configmap', '-w', '--no-headers']);
    let seen = '';
    watch.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    try {
      await waitFor('the first list', () => seen.includes('kube-root-ca.crt'));
      await kubectl('create', 'configmap', 'watched', '--from-literal=a=1');
      await waitFor('the new object', () => /^watched +1 /m.test(seen));
    } finally {
      watch.kill();
    }
  });
  test('what is not there', async () => {
    const { code, stderr } = await cluster.node.runKubectl(['get', 'pod', 'nobody'], { mayFail: true });
    assert.deepEqual([code, stderr], [1, 'Error from server (NotFound): pods "nobody" not found\n']);
    assert.equal((await cluster.node.runKubectl(['get', 'pods', '-n', 'empty'])).stderr, 'No resources found in empty namespace.\n');
  });
});

test('describe tells the story of pod, deployment, node and service', async () => {
  const pod = await kubectl('describe', 'pod', await webPod());
  for (const part of [
    /Status: +Running/,
    /Controlled By: +ReplicaSet\/web-/,
    /Readiness: +http-get http:\/\/:http\/ delay=0s timeout=1s period=1s/,
    /Successfully assigned default\/web-.* to kubectl/,
    /Container image "k3ts\.test\/busybox:1" already present on machine/,
    /Created container|Container created/,
    /QoS Class: +BestEffort/,
  ])
    assert.match(pod, part);
  assert.match(await kubectl('describe', 'deployment', 'web'), /Scaled up replica set web-[0-9a-z]+ from 0 to 2/);
  const node = await kubectl('describe', 'node', 'kubectl');
  for (const part of [
    /Ready +True .* KubeletReady +kubelet is posting ready status/,
    /Container Runtime Version: +containerd:\/\//,
    /PodCIDR: +10\.42\.0\.0\/24/,
    /Non-terminated Pods:/,
  ])
    assert.match(node, part);
  assert.match(await kubectl('describe', 'service', 'web'), /Endpoints: +10\.42\.0\.\d+:8080,10\.42\.0\.\d+:8080/);
});

describe('logs', () => {
  test('whole, tail, timestamps, since, by label', async () => {
    const pod = await webPod();
    assert.match(await kubectl('logs', pod), /^started\n/);
    assert.equal((await kubectl('logs', pod, '--tail=1')).trimEnd().split('\n').length, 1);
    assert.match(await kubectl('logs', pod, '--timestamps'), /^\d{4}-\d\d-\d\dT[\d:.]+Z started\n/);
    assert.match(await kubectl('logs', pod, '--since=1h'), /started/);
    assert.match(await kubectl('logs', '-l', 'app=web', '--prefix'), /\[pod\/web-[0-9a-z-]+\/web\] started/);
  });
  test('-f follows until the container ends, --previous shows the one before', async () => {
    await apply(scriptPod('counter', 'for i in 1 2 3; do echo line $i; sleep 0.3; done; exit 3'));
    await becomes('pod counter', '{.status.containerStatuses[0].containerID}', /containerd/);
    assert.equal(await kubectl('logs', '-f', 'counter'), 'line 1\nline 2\nline 3\n');
    await becomes('pod counter', '{.status.containerStatuses[0].restartCount}', /[1-9]/);
    assert.equal(await kubectl('logs', '--previous', 'counter'), 'line 1\nline 2\nline 3\n');
    await becomes('pod counter', '{.status.containerStatuses[0].state.waiting.reason}', 'CrashLoopBackOff');
    await kubectl('delete', 'pod', 'counter', '--wait=true');
  });
});

describe('exec, cp, attach, port-forward', () => {
  test('exec passes output, input and exit code', async () => {
    const pod = await webPod();
    assert.equal(await kubectl('exec', pod, '--', 'echo', 'hello'), 'hello\n');
    assert.equal((await cluster.node.runKubectl(['exec', '-i', pod, '--', 'cat'], { input: 'through\n' })).stdout, 'through\n');
    const failed = await cluster.node.runKubectl(['exec', pod, '--', 'sh', '-c', 'echo bad >&2; exit 7'], { mayFail: true });
    assert.equal(failed.code, 7);
    assert.equal(failed.stderr, 'bad\ncommand terminated with exit code 7\n');
  });
  test('exec -it gives a terminal', async () => {
    const command = `kubectl --kubeconfig ${cluster.node.kubeconfig} exec -it ${await webPod()} -- sh -c "until stty size 2>/dev/null | grep 99; do sleep 0.1; done; tty"`;
    const { stdout } = await cluster.machine.run(['script', '-qec', `stty rows 33 cols 99; ${command}`, '/dev/null']);
    assert.match(stdout, /33 99\r?\n\/dev\/pts\/0/);
  });
  test('cp carries a large file there and back unharmed', async () => {
    const pod = await webPod();
    const [there, back] = [join(cluster.machine.dir, 'there'), join(cluster.machine.dir, 'back')];
    writeFileSync(there, randomBytes(20 * 1024 * 1024));
    await kubectl('cp', there, `${pod}:/tmp/blob`);
    await kubectl('cp', `${pod}:/tmp/blob`, back);
    assert.ok(readFileSync(there).equals(readFileSync(back)));
  });
  test('attach shows what a container prints', async () => {
    await apply(scriptPod('talker', 'while read line; do echo got $line; done', { stdin: true }));
    await kubectl('wait', 'pod/talker', '--for=condition=Ready', '--timeout=30s');
    const attached = cluster.node.spawnKubectl(['attach', '-i', 'talker']);
    let seen = '';
    attached.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const typing = setInterval(() => attached.stdin?.write('one\n'), 200);
    try {
      await waitFor('the echo', () => seen.includes('got one'));
    } finally {
      clearInterval(typing);
      attached.kill();
    }
    await kubectl('delete', 'pod', 'talker');
  });
  test('port-forward leads to the pod', async () => {
    const forward = cluster.node.spawnKubectl(['port-forward', 'deployment/web', '18080:8080']);
    let seen = '';
    forward.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    try {
      await waitFor('the forwarding', () => seen.includes('Forwarding from 127.0.0.1:18080'));
      const answers = await Promise.all([1, 2, 3].map(() => cluster.machine.run(['busybox', 'wget', '-qO-', 'http://127.0.0.1:18080/'])));
      for (const { stdout } of answers) assert.match(stdout, /^web-/);
    } finally {
      forward.kill();
    }
  });
  test('run --rm -it', async () => {
    const command = `kubectl --kubeconfig ${cluster.node.kubeconfig} run once --rm -it --restart=Never --image=${IMAGE} -- sh -c "sleep 1; echo hello from once"`;
    const { stdout } = await cluster.machine.run(['script', '-qec', command, '/dev/null']);
    assert.match(stdout, /hello from once[\s\S]*pod "once" deleted/);
  });
});

describe('changing', () => {
  test('patch of each type', async () => {
    await kubectl('create', 'configmap', 'patched', '--from-literal=a=1');
    await kubectl('patch', 'configmap', 'patched', '-p', '{"data":{"b":"2"}}');
    await kubectl('patch', 'configmap', 'patched', '--type=merge', '-p', '{"data":{"a":null}}');
    await kubectl('patch', 'configmap', 'patched', '--type=json', '-p', '[{"op":"add","path":"/data/c","value":"3"}]');
    assert.equal(await cluster.read('configmap patched', '{.data}'), '{"b":"2","c":"3"}');
    const bad = await cluster.node.runKubectl(['patch', 'configmap', 'patched', '--type=json', '-p', '[{"op":"remove","path":"/data/none"}]'], {
      mayFail: true,
    });
    assert.equal(bad.code, 1);
    await kubectl('patch', 'deployment', 'web', '-p', '{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"A","value":"1"}]}]}}}}');
    assert.equal(await cluster.read('deployment web', '{.spec.template.spec.containers[*].name} {.spec.template.spec.containers[0].env[0].name}'), 'web A');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  });
  test('apply --server-side owns fields, and a conflict is told and can be forced', async () => {
    const map = (value: string) => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned' }, data: { key: value } });
    const applyAs = (manager: string, value: string, ...more: string[]) =>
      cluster.node.runKubectl(['apply', '--server-side', `--field-manager=${manager}`, '-f', '-', ...more], { input: map(value), mayFail: true });
    assert.equal((await applyAs('one', 'a')).stdout, 'configmap/owned serverside-applied\n');
    const conflict = await applyAs('two', 'b');
    assert.equal(conflict.code, 1);
    assert.match(conflict.stderr, /Apply failed with 1 conflict: conflict with "one": \.data\.key/);
    assert.equal((await applyAs('two', 'b', '--force-conflicts')).code, 0);
    assert.equal(await cluster.read('configmap owned', '{.data.key}'), 'b');
    assert.match(await kubectl('get', 'configmap', 'owned', '-o', 'yaml', '--show-managed-fields'), /manager: two\n +operation: Apply/);
  });
  test('diff and edit', async () => {
    const changed = WEB.replace('replicas: 2', 'replicas: 3');
    const diff = await cluster.node.runKubectl(['diff', '-f', '-'], { input: changed, mayFail: true });
    assert.equal(diff.code, 1);
    assert.match(diff.stdout, /^-\s+replicas: 2\n\+\s+replicas: 3$/m);
    const edited = await cluster.node.runKubectl(['edit', 'configmap', 'patched'], { env: { KUBE_EDITOR: 'sed -i s/c:.*/c:\\ edited/' } });
    assert.equal(edited.stdout, 'configmap/patched edited\n');
    assert.equal(await cluster.read('configmap patched', '{.data.c}'), 'edited');
  });
  test('scale, label, annotate', async () => {
    assert.equal(await kubectl('scale', 'deployment/web', '--replicas=3'), 'deployment.apps/web scaled\n');
    await becomes('deployment web', '{.status.readyReplicas}', '3');
    assert.equal(await kubectl('scale', 'deployment/web', '--current-replicas=3', '--replicas=2'), 'deployment.apps/web scaled\n');
    await becomes('pods -l app=web', '{.items[*].status.phase}', 'Running Running');
    assert.equal(await kubectl('label', 'deployment', 'web', 'tier=front'), 'deployment.apps/web labeled\n');
    assert.equal(await kubectl('annotate', 'deployment', 'web', 'note=hello'), 'deployment.apps/web annotated\n');
    assert.equal(await kubectl('get', 'deployment', '-l', 'tier in (front)', '-o', 'jsonpath={.items[0].metadata.annotations.note}'), 'hello');
    assert.equal(await kubectl('label', 'deployment', 'web', 'tier-'), 'deployment.apps/web unlabeled\n');
  });
  test('rollout history, undo, restart, pause and resume', async () => {
    await kubectl('set', 'env', 'deployment/web', 'VERSION=two');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    assert.match(await kubectl('rollout', 'history', 'deployment/web'), /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n3 +<none>/);
    assert.equal(await kubectl('rollout', 'undo', 'deployment/web'), 'deployment.apps/web rolled back\n');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    assert.equal(await cluster.read('deployment web', '{.spec.template.spec.containers[0].env[*].name}'), 'A');
    await kubectl('rollout', 'pause', 'deployment/web');
    await kubectl('rollout', 'resume', 'deployment/web');
    assert.equal(await kubectl('rollout', 'restart', 'deployment/web'), 'deployment.apps/web restarted\n');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  });
  test('wait for conditions, values and deletion', async () => {
    assert.match(await kubectl('wait', 'deployment/web', '--for=condition=Available', '--timeout=30s'), /condition met/);
    assert.match(await kubectl('wait', 'deployment/web', '--for=jsonpath={.status.readyReplicas}=2', '--timeout=30s'), /condition met/);
    await kubectl('create', 'configmap', 'short-lived');
    const waiting = kubectl('wait', 'configmap/short-lived', '--for=delete', '--timeout=30s');
    await kubectl('delete', 'configmap', 'short-lived');
    // It says nothing when the object was gone before it looked; it must end well either way.
    await waiting;
    assert.equal(await cluster.read('configmap short-lived', '{.metadata.name}'), '');
  });
});

describe('delete', () => {
  const deployment = (name: string) =>
    apply(
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name },
        spec: {
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: IMAGE, command: ['sleep', '1000'] }] },
          },
        },
      }),
    );
  for (const [cascade, remains] of [
    ['background', ''],
    ['foreground', ''],
    ['orphan', 'replicaset.apps'],
  ] as const) {
    test(`--cascade=${cascade}`, async () => {
      const name = `gone-${cascade}`;
      await deployment(name);
      await becomes(`replicaset -l app=${name}`, '{.items[*].status.replicas}', '1');
      await kubectl('delete', 'deployment', name, `--cascade=${cascade}`);
      if (remains) {
        assert.match(await kubectl('get', 'rs', '-l', `app=${name}`, '-o', 'name'), new RegExp(remains));
        await kubectl('delete', 'rs', '-l', `app=${name}`);
      }
      await becomes(`replicasets,pods -l app=${name}`, '{.items[*].metadata.name}', '');
    });
  }
  test('a namespace goes with all that it holds', async () => {
    await kubectl('create', 'namespace', 'doomed');
    await cluster.node.runKubectl(['-n', 'doomed', 'apply', '-f', '-'], { input: scriptPod('inside', 'exec sleep 1000') });
    await becomes('pods -n doomed', '{.items[*].status.phase}', 'Running');
    await kubectl('delete', 'namespace', 'doomed', '--timeout=60s');
    assert.equal(
      (await cluster.node.runKubectl(['get', 'namespace', 'doomed'], { mayFail: true })).stderr,
      'Error from server (NotFound): namespaces "doomed" not found\n',
    );
  });
});

describe('knowing', () => {
  test('explain --recursive, api-resources, api-versions', async () => {
    const explained = await kubectl('explain', 'deployment.spec.strategy', '--recursive');
    assert.match(explained, /GROUP: +apps\nKIND: +Deployment\nVERSION: +v1/);
    assert.match(explained, /rollingUpdate\s+<RollingUpdateDeployment>\n +maxSurge\s+<IntOrString>/);
    assert.match(await kubectl('api-resources'), /^deployments +deploy +apps\/v1 +true +Deployment$/m);
    assert.match(await kubectl('api-resources', '--namespaced=false', '-o', 'name'), /^nodes$/m);
    assert.match(await kubectl('api-versions'), /^apps\/v1$/m);
  });
  test('auth can-i, create token, version, cluster-info', async () => {
    assert.match(await kubectl('auth', 'can-i', '--list'), /^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    assert.equal(await kubectl('auth', 'can-i', 'create', 'deployments'), 'yes\n');
    const review = JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: 'system:serviceaccount:default:default', resourceAttributes: { verb: 'list', resource: 'secrets' } },
    });
    const denied = await cluster.node.runKubectl(['create', '-o', 'jsonpath={.status.allowed}', '-f', '-'], { input: review });
    assert.equal(denied.stdout, 'false');
    const token = (await kubectl('create', 'token', 'default')).trim();
    assert.equal(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub, 'system:serviceaccount:default:default');
    assert.match(await kubectl('version'), /Server Version: v1\.36\./);
    assert.match(await kubectl('cluster-info'), /Kubernetes control plane/);
  });
  test('k3ts kubectl is the kubectl on PATH, against this cluster', async () => {
    const k3ts = join(import.meta.dirname, '../../bin/k3ts');
    const { stdout } = await cluster.machine.run([k3ts, 'kubectl', 'get', 'nodes', '-o', 'name'], { env: { K3S_KUBECONFIG_OUTPUT: cluster.node.kubeconfig } });
    assert.equal(stdout, 'node/kubectl\n');
    const failed = await cluster.machine.run([k3ts, 'kubectl', 'get', 'pod', 'nobody'], {
      mayFail: true,
      env: { K3S_KUBECONFIG_OUTPUT: cluster.node.kubeconfig },
    });
    assert.equal(failed.code, 1);
  });
  test('events, sorted and by object', async () => {
    assert.match(await kubectl('events', '--for', 'deployment/web'), /Normal +ScalingReplicaSet +Deployment\/web +Scaled up replica set web-/);
    assert.match(await kubectl('get', 'events', '--sort-by=.lastTimestamp'), /LAST SEEN +TYPE +REASON +OBJECT +MESSAGE/);
  });
});

describe('services', () => {
  const fromPod = async (url: string) => kubectl('exec', await webPod(), '--', 'timeout', '5', 'wget', '-qO-', url);
  test('are reached by name from pods, and by address', async () => {
    for (const name of ['web', 'web.default', 'web.default.svc', 'web.default.svc.cluster.local']) assert.match(await fromPod(`http://${name}/`), /^web-/);
    assert.match(await fromPod(`http://${await cluster.read('service web', '{.spec.clusterIP}')}/`), /^web-/);
  });
  test('reject what leads nowhere, at once', async () => {
    const pod = await webPod();
    const { code, stderr } = await cluster.node.runKubectl(['exec', pod, '--', 'timeout', '10', 'wget', '-qO-', 'http://10.43.200.200/'], { mayFail: true });
    assert.notEqual(code, 0);
    assert.match(stderr, /refused/);
  });
});
