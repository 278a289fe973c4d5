/** applied → Running for one Pod (median of 7) and for 30 at once, with a present image; measured by a watch over TLS. */
import { connect } from 'node:http2';
import type { ServerNode } from '#test/machine/node.ts';
import { loadCredentials } from './credentials.ts';
import type { Figures } from './figures.ts';
import { IMAGE, onMachine } from './machine.ts';

const ROUNDS = 7;

function podJson(name: string): Buffer {
  const container = { name: 'main', image: IMAGE, command: ['sleep', '3600'] };
  return Buffer.from(
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } }),
  );
}

/** Creates Pods and resolves with the seconds until a watch has shown all of them Running. */
async function timeToRunning(node: ServerNode, names: readonly string[]): Promise<number> {
  const { server, ca, cert, key } = loadCredentials(node.kubeconfig);
  const session = connect(server, { ca, cert, key });
  const waiting = new Set(names);
  try {
    const done = new Promise<void>((resolve, reject) => {
      const watch = session.request({ ':path': '/api/v1/namespaces/default/pods?watch=true' });
      let text = '';
      watch.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) {
          const { object } = JSON.parse(line) as { object: { metadata: { name: string }; status?: { phase?: string } } };
          if (object.status?.phase === 'Running') waiting.delete(object.metadata.name);
        }
        if (waiting.size === 0) resolve();
      });
      watch.on('error', reject);
      setTimeout(() => reject(new Error(`Not Running after 120 s: ${[...waiting].join(', ')}`)), 120_000).unref();
    });
    const begin = performance.now();
    for (const name of names) {
      const post = session.request({ ':method': 'POST', ':path': '/api/v1/namespaces/default/pods', 'content-type': 'application/json' });
      post.resume();
      post.end(podJson(name));
    }
    await done;
    return (performance.now() - begin) / 1000;
  } finally {
    session.destroy();
  }
}

export function measurePods(): Promise<Figures> {
  return onMachine(async (node) => {
    await node.start();
    await node.waitReady();
    await node.waitNodeReady();
    const single: number[] = [];
    for (let i = 0; i < ROUNDS; i++) single.push(await timeToRunning(node, [`one-${i}`]));
    const thirty = await timeToRunning(
      node,
      Array.from({ length: 30 }, (_, i) => `many-${i}`),
    );
    await node.stop();
    single.sort((a, b) => a - b);
    return { 'one Pod: applied to Running (median)': single[Math.floor(ROUNDS / 2)] ?? Number.NaN, '30 Pods: applied to all Running': thirty };
  });
}
