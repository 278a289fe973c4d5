import { isDeepStrictEqual } from 'node:util';
import { isStatus, type JsonObject, type JsonValue, pods } from '#api';
import type { Pod, PodStatus } from '#api/types/core-v1';
import type { Client } from '#client';
import type { Clock, Log } from '#lib';

/** Writes a pod's status to the API: one write at a time, always the newest, nothing while nothing changed. */
export interface StatusWriter {
  /** The status that the API has (or will have), for the next to be built on. */
  readonly shown: PodStatus;
  write(status: PodStatus): void;
  /** The API's object changed: what others write into the status counts as shown. */
  observe(pod: Pod): void;
  /** Resolves when the newest status is written, or the pod is gone. */
  settled(): Promise<void>;
  stop(): void;
}

const RETRY_MS = [250, 1000, 2000, 5000, 10_000];

export function createStatusWriter(client: Client, first: Pod, clock: Clock, log: Log): StatusWriter {
  let shown: PodStatus = first.status ?? {};
  let written: PodStatus = shown;
  let wanted: PodStatus | undefined;
  let running: Promise<void> | undefined;
  const stopped = new AbortController();
  const { namespace, name = '', uid } = first.metadata;

  async function run(): Promise<void> {
    for (let failures = 0; wanted && !stopped.signal.aborted; ) {
      const status = wanted;
      wanted = undefined;
      const patch = statusPatch(written, status);
      if (!patch) continue;
      try {
        const answer = await client.patch(pods, { namespace, name }, { metadata: { uid }, status: patch }, { type: 'strategic', subresource: 'status' });
        written = answer.status ?? {};
        failures = 0;
      } catch (error) {
        // Gone, or another pod of the same name: there is nobody to tell any more.
        if (isStatus(error, 'NotFound', 'Conflict')) return;
        log.warning('Cannot write pod status', { pod: `${namespace}/${name}`, err: error });
        wanted ??= status;
        await clock.sleep(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] ?? 0, stopped.signal).catch(() => undefined);
      }
    }
  }

  return {
    get shown() {
      return shown;
    },
    write(status) {
      if (isDeepStrictEqual(clean(status), clean(shown))) return;
      shown = { ...shown, ...status };
      wanted = status;
      running ??= run().finally(() => (running = undefined));
    },
    observe(pod) {
      if (running) return;
      written = pod.status ?? {};
      shown = written;
    },
    async settled() {
      while (running) await running;
    },
    stop: () => stopped.abort(),
  };
}

/** Without undefined and null: the API shows some absent times as null. */
function clean(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, item: unknown) => (item === null ? undefined : item)));
}

/** Fields that a pod's status loses when they no longer hold. */
const REMOVABLE = ['reason', 'message', 'podIP', 'podIPs', 'hostIP', 'hostIPs'] as const;

/** A strategic merge patch from what the API has to what it shall have; undefined when they agree. */
export function statusPatch(before: PodStatus, after: PodStatus): JsonObject | undefined {
  const patch: JsonObject = {};
  const old = clean(before) as Record<string, JsonValue>;
  const next = clean(after) as Record<string, JsonValue>;
  for (const [key, value] of Object.entries(next)) {
    if (isDeepStrictEqual(value, old[key])) continue;
    if (key === 'conditions') Object.assign(patch, conditionsPatch((old[key] ?? []) as JsonObject[], value as JsonObject[]));
    else if ((key === 'podIPs' || key === 'hostIPs') && old[key] !== undefined) patch[key] = [...(value as JsonValue[]), { $patch: 'replace' }];
    else patch[key] = value;
  }
  for (const key of REMOVABLE) if (old[key] !== undefined && next[key] === undefined) patch[key] = null;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** Only the kubelet's own conditions are sent, in upstream's order; those of others follow them. */
function conditionsPatch(before: readonly JsonObject[], after: readonly JsonObject[]): JsonObject {
  const changed = after.flatMap((condition) => {
    const old = before.find((candidate) => candidate['type'] === condition['type']);
    if (isDeepStrictEqual(old, condition)) return [];
    const gone = Object.keys(old ?? {}).filter((key) => !(key in condition));
    return [{ ...condition, ...Object.fromEntries(gone.map((key) => [key, null])) }];
  });
  const own = after.map((condition) => condition['type']);
  const others = before.map((condition) => condition['type']).filter((type) => !own.includes(type));
  const order = [...others, ...own].map((type) => ({ type: type as string }));
  if (changed.length === 0 && order.length === before.length) return {};
  return { '$setElementOrder/conditions': order, conditions: changed };
}
