import type { Pod, Service } from '#api/types/core-v1';
import { podCondition } from '../pod-facts.ts';

/** The annotation that says what change led to the present addresses: the way from there to the rules on nodes is measured by it. */
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

interface Seen {
  readonly service: string;
  readonly pods: ReadonlyMap<string, string>;
}

/** Remembers for each service the times that its published state accounts for. Follows pkg/controller/util/endpoint's TriggerTimeTracker. */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /** The earliest change since the last call for this service; undefined when nothing that has a time changed. */
  next(key: string, service: Service, pods: Iterable<Pod>): string | undefined {
    const before = this.#seen.get(key);
    const now = new Map<string, string>();
    let earliest: string | undefined;
    const consider = (time: string | undefined, known: string | undefined): void => {
      if (time !== undefined && (known === undefined || time > known) && (earliest === undefined || time < earliest)) earliest = time;
    };
    for (const pod of pods) {
      const time = podCondition(pod, 'Ready')?.lastTransitionTime;
      if (time === undefined) continue;
      const name = pod.metadata.name ?? '';
      now.set(name, time);
      consider(time, before?.pods.get(name));
    }
    const serviceTime = service.metadata.creationTimestamp ?? '';
    consider(serviceTime === '' ? undefined : serviceTime, before?.service);
    this.#seen.set(key, { service: serviceTime, pods: now });
    return earliest;
  }
  forget(key: string): void {
    this.#seen.delete(key);
  }
}
