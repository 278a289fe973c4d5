/** A rolling update under steady load through the ClusterIP loses no request. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '#lib';
import { IMAGE, useCluster } from './cluster.ts';

const cluster = useCluster({ name: 'rolling' });

const app = (version: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: rolling}
spec:
  replicas: 5
  selector: {matchLabels: {app: rolling}}
  strategy: {rollingUpdate: {maxUnavailable: 1, maxSurge: 2}}
  template:
    metadata: {labels: {app: rolling}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: web
        image: ${IMAGE}
        command: [sh, -c, 'mkdir -p /www; echo ${version} > /www/index.html; exec httpd -f -p 8080 -h /www']
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
        lifecycle: {preStop: {sleep: {seconds: 3}}}
---
apiVersion: v1
kind: Service
metadata: {name: rolling}
spec: {selector: {app: rolling}, ports: [{port: 80, targetPort: 8080}]}
`;

test('five replicas with readiness probes and a preStop sleep', async () => {
  await cluster.apply(app('one'));
  await cluster.kubectl('rollout', 'status', 'deployment/rolling', '--timeout=90s');
  const address = await cluster.read('service rolling', '{.spec.clusterIP}');
  const load = cluster.machine.spawn(
    [process.execPath, '--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'steady-load.ts'), `http://${address}/`],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let printed = '';
  load.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await waitFor('the first answers', () => printed.includes('started'));
  await cluster.apply(app('two'));
  await cluster.kubectl('rollout', 'status', 'deployment/rolling', '--timeout=120s');
  await cluster.becomes('pods -l app=rolling', '{.items[*].status.phase}', Array(5).fill('Running').join(' '), 90_000);
  const finished = new Promise((resolve) => load.once('exit', resolve));
  load.stdin?.end();
  await finished;
  const report = JSON.parse(printed.trim().split('\n').at(-1) ?? '{}') as { answers: Record<string, number>; failures: string[] };
  assert.deepEqual(report.failures, []);
  assert.ok((report.answers['one'] ?? 0) > 10 && (report.answers['two'] ?? 0) > 10, JSON.stringify(report.answers));
});
