import { isStatus, nodes } from '#api';
import { type Client, createInformer } from '#client';
import { createLog, describeError, type Log } from '#lib';
import type { Component } from './component.ts';

/** What k3s puts on the nodes of servers; kubelets may not label themselves so (NodeRestriction). */
const ROLES = { 'node-role.kubernetes.io/control-plane': 'true', 'node-role.kubernetes.io/master': 'true' };

/** Gives this server's Node its role labels whenever it comes up without them. */
export function createServerNodeRoles(options: { client: Client; nodeName: string; log?: Log }): Component {
  const { client, nodeName, log = createLog('cluster') } = options;
  const stop = new AbortController();
  const label = async (): Promise<void> => {
    try {
      await client.patch(nodes, { name: nodeName }, { metadata: { labels: ROLES } }, { type: 'merge', fieldManager: 'k3s' });
    } catch (error) {
      // A Node that was deleted meanwhile is labelled when it comes back.
      if (!isStatus(error, 'NotFound')) log.error('Cannot label this server’s node', { node: nodeName, err: describeError(error) });
    }
  };
  return {
    name: 'server-node-roles',
    start() {
      const informer = createInformer(client, nodes, { fieldSelector: `metadata.name=${nodeName}`, signal: stop.signal });
      const check = (labels: Readonly<Record<string, string>> | undefined): void => {
        if (Object.entries(ROLES).some(([key, value]) => labels?.[key] !== value)) void label();
      };
      informer.on({ added: (node) => check(node.metadata.labels), updated: (node) => check(node.metadata.labels) });
      return Promise.resolve();
    },
    stop() {
      stop.abort();
      return Promise.resolve();
    },
  };
}
