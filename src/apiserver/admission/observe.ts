import type { AdmissionPlugin, AdmissionRequest } from '../contract.ts';

/** Is told how long plugins took: `admit` is the mutating step, `validate` the validating one. For metrics. */
export interface AdmissionObserver {
  /** Of one plugin: apiserver_admission_controller_admission_duration_seconds. */
  plugin(name: string, type: AdmissionStep, request: AdmissionRequest, result: AdmissionResult): void;
  /** Of all plugins together: apiserver_admission_step_admission_duration_seconds. */
  step(type: AdmissionStep, request: AdmissionRequest, result: AdmissionResult): void;
}
export type AdmissionStep = 'admit' | 'validate';
export interface AdmissionResult {
  readonly seconds: number;
  readonly isRejected: boolean;
}

/** The plugins as one that tells the observer what each of them, and all together, cost. */
export function observed(plugins: readonly AdmissionPlugin[], observer: AdmissionObserver, monotonicMs: () => number): AdmissionPlugin {
  const timed = async (run: () => void | Promise<void> | undefined, tell: (result: AdmissionResult) => void): Promise<void> => {
    const startMs = monotonicMs();
    let isRejected = true;
    try {
      await run();
      isRejected = false;
    } finally {
      tell({ seconds: (monotonicMs() - startMs) / 1000, isRejected });
    }
  };
  const stepOf = (type: AdmissionStep): ((request: AdmissionRequest) => Promise<void>) => {
    const taking = plugins.filter((plugin) => plugin[type]);
    const runAll = async (request: AdmissionRequest): Promise<void> => {
      for (const plugin of taking) {
        await timed(
          () => plugin[type]?.(request),
          (result) => observer.plugin(plugin.name, type, request, result),
        );
      }
    };
    return (request) =>
      timed(
        () => runAll(request),
        (result) => observer.step(type, request, result),
      );
  };
  return { name: 'all', admit: stepOf('admit'), validate: stepOf('validate') };
}
