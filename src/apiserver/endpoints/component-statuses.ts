/** The health of the control plane's parts as ComponentStatuses, which nothing stores. Follows kubernetes/pkg/registry/core/componentstatus/rest.go. */
import { type KubeObject, type ListOptions, StatusError } from '#api';
import type { Call } from '../registry/call.ts';
import { readSelectors, selectionOf } from '../registry/filter.ts';
import type { Registry } from '../registry/registry.ts';
import { Entry, encodeStored } from '../watch-cache/entry.ts';
import type { Operation } from './operations.ts';
import { notAllowed, type Result } from './result.ts';

const NAMES = ['controller-manager', 'etcd-0', 'scheduler'] as const;
export type ComponentName = (typeof NAMES)[number];

/** Answers for a call to ComponentStatuses; throws StatusError. */
export function readComponentStatuses(registry: Registry, call: Call, operation: Operation): Result {
  switch (operation.verb) {
    case 'get': {
      const name = NAMES.find((each) => each === operation.name);
      // An error of no kind of its own at upstream, too.
      if (!name) throw new StatusError('Unknown', `Component not found: ${operation.name}`);
      return { type: 'entry', call, entry: entryOf(registry, call, name), status: 200 };
    }
    case 'list':
      return { type: 'list', call, listed: { entries: selected(registry, call, operation.options), metadata: {} } };
    default:
      throw notAllowed();
  }
}

function selected(registry: Registry, call: Call, options: ListOptions): Entry[] {
  const { name, matches } = selectionOf(call, readSelectors(options));
  return NAMES.filter((each) => name === undefined || each === name)
    .map((each) => entryOf(registry, call, each))
    .filter(({ object }) => matches?.(object) ?? true);
}

function entryOf(registry: Registry, { cache: { format } }: Call, name: ComponentName): Entry {
  const error = name === 'etcd-0' ? registry.writes.problem : registry.componentProblem?.(name);
  const condition = error === undefined ? { type: 'Healthy', status: 'True', message: 'ok' } : { type: 'Healthy', status: 'False', error };
  const object = { kind: format.kind, apiVersion: format.apiVersion, metadata: { name }, conditions: [condition] } as KubeObject;
  return new Entry(format, { namespace: '', name }, encodeStored(format, object), 0, object);
}
