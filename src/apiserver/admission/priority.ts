import { priorityClasses } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { PriorityClass } from '#api/types/scheduling-v1';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contract.ts';
import { isFor, refuse } from './refuse.ts';

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
  /** The class that was made a moment ago. */
  const freshClass = async (request: AdmissionRequest, name: string): Promise<PriorityClass> => {
    await reader.settled(priorityClasses);
    const found = reader.get(priorityClasses, { name });
    if (!found) throw refuse(request, `no PriorityClass with name ${name} was found`);
    return found;
  };
  return {
    name: 'Priority',
    admit(request) {
      if (!isFor(request, 'pods') || !request.object) return undefined;
      const { spec } = request.object as Pod;
      if (request.operation === 'UPDATE') keepPriority(spec, (request.oldObject as Pod | undefined)?.spec);
      if (request.operation !== 'CREATE') return undefined;
      const name = spec.priorityClassName;
      const found = name ? reader.get(priorityClasses, { name }) : defaultClass();
      if (name && !found) return freshClass(request, name).then((fresh) => setPriority(request, spec, fresh));
      setPriority(request, spec, found);
      return undefined;
    },
    validate(request) {
      if (!isFor(request, priorityClasses.plural, priorityClasses.group) || !request.object) return;
      if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return;
      const { globalDefault, metadata } = request.object as PriorityClass;
      if (!globalDefault) return;
      const other = defaultClass();
      if (other && (request.operation === 'CREATE' || other.metadata.name !== metadata.name)) {
        throw refuse(request, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
      }
    },
  };
}

/** Fills in what the class says; throws Forbidden where the Pod says something else. */
function setPriority(request: AdmissionRequest, spec: Pod['spec'], found: PriorityClass | undefined): void {
  if (found && !spec.priorityClassName) spec.priorityClassName = found.metadata.name;
  const [priority, policy] = [found?.value ?? 0, found?.preemptionPolicy ?? 'PreemptLowerPriority'];
  const computed = (what: string, given: number | string, value: number | string): string =>
    `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
  if (spec.priority !== undefined && spec.priority !== priority) {
    throw refuse(request, computed('integer value of priority', spec.priority, priority));
  }
  spec.priority = priority;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refuse(request, computed('string value of PreemptionPolicy', spec.preemptionPolicy, policy));
  }
  spec.preemptionPolicy = policy;
}

/** Updates that leave the computed fields out keep them; validation refuses to change them. */
function keepPriority(spec: Pod['spec'], old: Pod['spec'] | undefined): void {
  if (!old) return;
  if (spec.priority === undefined && old.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy;
}
