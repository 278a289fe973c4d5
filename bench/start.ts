/** exec → /readyz → node Ready → first Pod Running → Service answers, on a fresh data dir and on a used one. */
import { request } from 'node:https';
import { waitFor } from '#lib';
import type { ServerNode } from '#test/machine/node.ts';
import type { Figures } from './figures.ts';
import { IMAGE, onMachine } from './machine.ts';

const APP = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: web, image: "${IMAGE}", command: [httpd, -f, -p, "8080"], ports: [{containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30090}]}
`;

/** Asks once; true when the answer is 200. The certificate is not looked at: only the time counts here. */
function isReady(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host, port: 6443, path: '/readyz', rejectUnauthorized: false, timeout: 500, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
}

/** One start of the node, timed from its exec. */
export async function measureOne(node: ServerNode): Promise<{ readyz: number; nodeReady: number }> {
  const begin = performance.now();
  await node.start();
  await waitFor('/readyz', () => isReady(node.machine.nodeIp), { timeoutMs: 30_000, intervalMs: 3 });
  const readyz = (performance.now() - begin) / 1000;
  await node.waitReady();
  // A watch tells within a millisecond; kubectl's own start is the only delay that it adds.
  await node.kubectl('wait', `node/${node.machine.name}`, '--for=condition=Ready', '--timeout=60s').catch(() => node.waitNodeReady());
  return { readyz, nodeReady: (performance.now() - begin) / 1000 };
}

export function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function measureStart(): Promise<Figures> {
  return onMachine(async (node) => {
    const begin = performance.now();
    const first = await measureOne(node);
    await node.runKubectl(['apply', '-f', '-'], { input: APP });
    await node.kubectl('wait', 'pod/web', '--for=jsonpath={.status.phase}=Running', '--timeout=60s');
    const running = (performance.now() - begin) / 1000;
    await waitFor(
      'the Service to answer',
      async () => (await fetch(`http://${node.machine.nodeIp}:30090/`, { signal: AbortSignal.timeout(500) })).status === 404,
      { intervalMs: 5, timeoutMs: 30_000 },
    );
    const answers = (performance.now() - begin) / 1000;
    await node.stop();
    const later: { readyz: number; nodeReady: number }[] = [];
    for (let i = 0; i < 3; i++) {
      later.push(await measureOne(node));
      await node.stop();
    }
    return {
      'first start: exec to /readyz': first.readyz,
      'first start: exec to node Ready': first.nodeReady,
      'first start: exec to first Pod Running': running,
      'first start: exec to Service answers': answers,
      'later start: exec to /readyz': median(later.map((one) => one.readyz)),
      'later start: exec to node Ready': median(later.map((one) => one.nodeReady)),
    };
  });
}
