/** Objects in JSON for `kubectl apply`, as short as a test reads best. */
import { IMAGE } from './cluster.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A script that runs until it is killed. */
export const SLEEP = 'exec sleep 86400';
/** For a Pod's spec: what ended is not started again. */
export const once: Fields = { restartPolicy: 'Never' };

/** A container `c`, or of another name, that runs a shell script. */
export function shell(script: string, more: Fields = {}): Fields {
  return { name: 'c', image: IMAGE, command: ['sh', '-c', script], ...more };
}
/** A Pod that ends at once when deleted. */
export function pod(name: string, containers: readonly Fields[], spec: Fields = {}, metadata: Fields = {}): Fields {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { terminationGracePeriodSeconds: 0, containers, ...spec } };
}
export function configMap(name: string, data: Fields): Fields {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}
/** Several objects for one apply. */
export function list(...items: readonly Fields[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
