import type { AdmissionPlugin, AdmissionRequest } from '../contract.ts';

/** Is told how long plugins took: `admit` is the mutating step, `validate` the validating one. For metrics; called for every plugin of every write. */
export interface AdmissionObserver {
  /** Of one plugin: apiserver_admission_controller_admission_duration_seconds. */
  plugin(name: string, type: AdmissionStep, operation: AdmissionRequest['operation'], seconds: number, isRejected: boolean): void;
  /** Of all plugins together: apiserver_admission_step_admission_duration_seconds. */
  step(type: AdmissionStep, operation: AdmissionRequest['operation'], seconds: number, isRejected: boolean): void;
}
export type AdmissionStep = 'admit' | 'validate';

/** The plugins as one that tells the observer what each of them, and all together, cost. */
export function observed(plugins: readonly AdmissionPlugin[], observer: AdmissionObserver, monotonicMs: () => number): AdmissionPlugin {
  const stepOf = (type: AdmissionStep): ((request: AdmissionRequest) => Promise<void>) => {
    const taking = plugins.filter((plugin) => plugin[type]);
    return async (request) => {
      const { operation } = request;
      const startMs = monotonicMs();
      let name = '';
      let beganMs = startMs;
      try {
        for (const plugin of taking) {
          ({ name } = plugin);
          const pending = plugin[type]?.(request);
          if (pending) await pending;
          // Where one ends the next begins: the clock is read once for each.
          const nowMs = monotonicMs();
          observer.plugin(name, type, operation, (nowMs - beganMs) / 1000, false);
          beganMs = nowMs;
        }
        observer.step(type, operation, (beganMs - startMs) / 1000, false);
      } catch (error) {
        const nowMs = monotonicMs();
        observer.plugin(name, type, operation, (nowMs - beganMs) / 1000, true);
        observer.step(type, operation, (nowMs - startMs) / 1000, true);
        throw error;
      }
    };
  };
  return { name: 'all', admit: stepOf('admit'), validate: stepOf('validate') };
}
