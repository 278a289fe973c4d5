import type { Family, Histogram, Metrics } from '#lib';
import type { AdmissionObserver, AdmissionStep } from '../admission/observe.ts';
import type { AdmissionRequest } from '../contract.ts';

const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];

type Operation = AdmissionRequest['operation'];
/** Of upstream's plugins, those that are asked about some operations only: about others they are not counted either. */
const OPERATIONS: Readonly<Record<string, readonly Operation[]>> = {
  NamespaceLifecycle: ['CREATE', 'UPDATE', 'DELETE'],
  LimitRanger: ['CREATE', 'UPDATE'],
  ServiceAccount: ['CREATE', 'UPDATE'],
  NodeRestriction: ['CREATE', 'UPDATE', 'DELETE'],
  TaintNodesByCondition: ['CREATE'],
  PodSecurity: ['CREATE', 'UPDATE'],
  Priority: ['CREATE', 'UPDATE', 'DELETE'],
  DefaultTolerationSeconds: ['CREATE', 'UPDATE'],
  DefaultStorageClass: ['CREATE'],
  StorageObjectInUseProtection: ['CREATE'],
  PersistentVolumeClaimResize: ['UPDATE'],
  RuntimeClass: ['CREATE'],
  CertificateApproval: ['UPDATE'],
  CertificateSigning: ['UPDATE'],
  CertificateSubjectRestriction: ['CREATE'],
  DefaultIngressClass: ['CREATE'],
  PodTopologyLabels: ['CREATE'],
  PodResizeValidator: ['UPDATE'],
  ResourceQuota: ['CREATE', 'UPDATE'],
};

/** Measures admission, by upstream's names; for the observer of admission. */
export function createAdmissionMetrics(registry: Metrics): AdmissionObserver {
  const plugins = registry.histogram(
    'apiserver_admission_controller_admission_duration_seconds',
    '[STABLE] How long admission plugins took, in seconds.',
    SECONDS,
    ['name', 'operation', 'rejected', 'type'],
  );
  const steps = registry.histogram(
    'apiserver_admission_step_admission_duration_seconds',
    '[STABLE] How long the steps of admission took, in seconds.',
    SECONDS,
    ['operation', 'rejected', 'type'],
  );
  const byPlugin = new Map<string, Cells>();
  const ofSteps = new Cells(steps, []);
  return {
    plugin(name, type, operation, seconds, isRejected) {
      if (OPERATIONS[name]?.includes(operation) === false) return;
      let cells = byPlugin.get(name);
      if (!cells) byPlugin.set(name, (cells = new Cells(plugins, [name])));
      cells.at(type, operation, isRejected).observe(seconds);
    },
    step(type, operation, seconds, isRejected) {
      ofSteps.at(type, operation, isRejected).observe(seconds);
    },
  };
}

const NUMBERS: Readonly<Record<Operation, number>> = { CREATE: 0, UPDATE: 1, DELETE: 2, CONNECT: 3 };

/** A histogram for every operation, step and outcome, found without making a key. */
class Cells {
  readonly #family: Family<Histogram>;
  readonly #before: readonly string[];
  readonly #cells: (Histogram | undefined)[] = Array.from({ length: 16 });

  constructor(family: Family<Histogram>, before: readonly string[]) {
    this.#family = family;
    this.#before = before;
  }
  at(type: AdmissionStep, operation: Operation, isRejected: boolean): Histogram {
    const index = NUMBERS[operation] * 4 + (type === 'admit' ? 0 : 2) + (isRejected ? 1 : 0);
    return (this.#cells[index] ??= this.#family.labels(...this.#before, operation, String(isRejected), type));
  }
}
