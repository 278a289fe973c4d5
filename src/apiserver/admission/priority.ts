import { type FieldError, forbidden, invalid, newInvalid, priorityClasses } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { PriorityClass } from '#api/types/scheduling-v1';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contract.ts';
import { isFor, refuse } from './refuse.ts';

const SYSTEM_CLASSES: Readonly<Record<string, number>> = { 'system-node-critical': 2_000_001_000, 'system-cluster-critical': 2_000_000_000 };
const HIGHEST_USER_PRIORITY = 1_000_000_000;

/** Turns priorityClassName into a number, and allows one default class; follows plugin/pkg/admission/priority/admission.go. */
export function createPriority(reader: ObjectReader): AdmissionPlugin {
  /** The default class; of several (made by different servers at once) the lowest. */
  const defaultClass = (): PriorityClass | undefined => {
    let lowest: PriorityClass | undefined;
    for (const candidate of reader.list(priorityClasses)) {
      if (candidate.globalDefault && (!lowest || (candidate.value ?? 0) < (lowest.value ?? 0))) lowest = candidate;
    }
    return lowest;
  };
  const classFor = async (request: AdmissionRequest, name: string | undefined): Promise<PriorityClass | undefined> => {
    if (!name) return defaultClass();
    let found = reader.get(priorityClasses, { name });
    if (!found) {
      await reader.settled(priorityClasses);
      found = reader.get(priorityClasses, { name });
    }
    if (!found) throw refuse(request, `no PriorityClass with name ${name} was found`);
    return found;
  };
  return {
    name: 'Priority',
    async admit(request) {
      if (!isFor(request, 'pods') || !request.object) return;
      const { spec } = request.object as Pod;
      if (request.operation === 'UPDATE') keepPriority(spec, (request.oldObject as Pod | undefined)?.spec);
      if (request.operation !== 'CREATE') return;
      const found = await classFor(request, spec.priorityClassName);
      if (found && !spec.priorityClassName) spec.priorityClassName = found.metadata.name;
      const [priority, policy] = [found?.value ?? 0, found?.preemptionPolicy ?? 'PreemptLowerPriority'];
      const computed = (what: string, given: number | string, value: number | string) =>
        `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
      if (spec.priority !== undefined && spec.priority !== priority) {
        throw refuse(request, computed('integer value of priority', spec.priority, priority));
      }
      spec.priority = priority;
      if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
        throw refuse(request, computed('string value of PreemptionPolicy', spec.preemptionPolicy, policy));
      }
      spec.preemptionPolicy = policy;
    },
    validate(request) {
      if (!isFor(request, priorityClasses.plural, priorityClasses.group) || !request.object) return;
      if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return;
      const { globalDefault, metadata } = request.object as PriorityClass;
      const errors = checkClass(request.object as PriorityClass, request.oldObject as PriorityClass | undefined);
      if (errors.length > 0) throw newInvalid(priorityClasses, metadata.name ?? '', errors);
      if (!globalDefault) return;
      const other = defaultClass();
      if (other && (request.operation === 'CREATE' || other.metadata.name !== metadata.name)) {
        throw refuse(request, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
      }
    },
  };
}

/** Updates that leave the computed fields out keep them; validation refuses to change them. */
function keepPriority(spec: Pod['spec'], old: Pod['spec'] | undefined): void {
  if (!old) return;
  if (spec.priority === undefined && old.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy;
}

/** Follows pkg/apis/scheduling/validation. */
function checkClass(priorityClass: PriorityClass, old: PriorityClass | undefined): FieldError[] {
  const { value = 0, preemptionPolicy } = priorityClass;
  if (old) {
    const errors = value === (old.value ?? 0) ? [] : [forbidden('Value', 'may not be changed in an update.')];
    if (preemptionPolicy !== old.preemptionPolicy) errors.push(invalid('preemptionPolicy', preemptionPolicy, 'field is immutable'));
    return errors;
  }
  const name = priorityClass.metadata.name ?? '';
  if (name.startsWith('system-')) {
    const problem = systemClassProblem(name, priorityClass);
    return problem ? [forbidden('metadata.name', `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`)] : [];
  }
  return value > HIGHEST_USER_PRIORITY ? [forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`)] : [];
}

function systemClassProblem(name: string, { value, globalDefault }: PriorityClass): string | undefined {
  const expected = SYSTEM_CLASSES[name];
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
