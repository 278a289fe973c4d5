/** Starts on a datastore with 20,000 objects: exec → /readyz → node Ready. */
import { loadCredentials } from './credentials.ts';
import type { Figures } from './figures.ts';
import { load, openSessions, timeOne } from './http-load.ts';
import { onMachine } from './machine.ts';
import { configMap, namespace, secret } from './objects.ts';
import { median, measureOne } from './start.ts';

const CONFIG_MAPS = 15_000;
const SECRETS = 5_000;
const STARTS = 5;

export function measureFullStart(): Promise<Figures> {
  return onMachine(async (node) => {
    await node.start();
    await node.waitReady();
    await node.waitNodeReady();
    const sessions = await openSessions(loadCredentials(node.kubeconfig), 16);
    for (const session of sessions.slice(0, 1)) await timeOne(session, { method: 'POST', path: '/api/v1/namespaces', body: namespace('bench') });
    const post = (plural: string, body: Buffer) => ({ method: 'POST', path: `/api/v1/namespaces/bench/${plural}`, body });
    await load(sessions, CONFIG_MAPS, (i) => post('configmaps', configMap(i)));
    await load(sessions, SECRETS, (i) => post('secrets', secret(i)));
    for (const session of sessions) session.destroy();
    await node.stop();
    const starts: { readyz: number; nodeReady: number }[] = [];
    for (let i = 0; i < STARTS; i++) {
      starts.push(await measureOne(node));
      await node.stop();
    }
    return {
      'start with 20000 objects: exec to /readyz': median(starts.map(({ readyz }) => readyz)),
      'start with 20000 objects: exec to node Ready': median(starts.map(({ nodeReady }) => nodeReady)),
    };
  });
}
