import type { ResourceRequirements } from '#api/types/core-v1';
import { child, type FieldError, forbidden, invalid, key, required } from '../../../machinery/field-error.ts';
import { isQualifiedName } from '../../../machinery/names.ts';
import { compareQuantity, scaledValue } from '../../../machinery/quantity.ts';
import { invalidEach, NOT_NEGATIVE } from './checks.ts';
import { isPodLevelResource } from './resources.ts';

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Requests and limits of a container: known names, right amounts, requests within limits. */
export function validateContainerResources(resources: ResourceRequirements | undefined, claims: ReadonlySet<string>, path: string): FieldError[] {
  if (!resources) return [];
  const { limits = {}, requests = {} } = resources;
  const [limitsPath, requestsPath] = [child(path, 'limits'), child(path, 'requests')];
  const errors: FieldError[] = [];
  for (const [name, quantity] of Object.entries(limits))
    errors.push(...containerResourceName(name, key(limitsPath, name)), ...quantityErrors(name, quantity, key(limitsPath, name)));
  for (const [name, quantity] of Object.entries(requests)) {
    errors.push(...containerResourceName(name, key(requestsPath, name)), ...quantityErrors(name, quantity, key(requestsPath, name)));
    const limit = limits[name];
    if (limit !== undefined) {
      if (!isOvercommitAllowed(name) && compareQuantity(quantity, limit) !== 0) {
        errors.push(invalid(requestsPath, quantity, `must be equal to ${name} limit of ${limit}`));
      } else if (compareQuantity(quantity, limit) > 0) errors.push(invalid(requestsPath, quantity, `must be less than or equal to ${name} limit of ${limit}`));
    } else if (!isOvercommitAllowed(name)) errors.push(required(limitsPath, 'Limit must be set for non overcommitable resources'));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some((name) => name.startsWith('hugepages-')) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  return [...errors, ...claimErrors(resources, claims, child(path, 'claims'))];
}

function claimErrors({ claims }: ResourceRequirements, known: ReadonlySet<string>, path: string): FieldError[] {
  return (claims ?? []).flatMap(({ name }, i) => {
    if (!name) return [required(`${path}[${i}].name`)];
    return known.has(name) ? [] : [{ type: 'FieldValueNotFound', field: `${path}[${i}].name`, message: `Not found: ${JSON.stringify(name)}` } as const];
  });
}

/** Requests and limits of the Pod as a whole. */
export function validatePodResources(resources: ResourceRequirements | undefined, path: string): FieldError[] {
  const errors = validateContainerResources(resources, new Set(), path);
  for (const list of ['limits', 'requests'] as const) {
    for (const name of Object.keys(resources?.[list] ?? {})) {
      if (!isPodLevelResource(name))
        errors.push({
          type: 'FieldValueNotSupported',
          field: key(child(path, list), name),
          message: `Unsupported value: ${JSON.stringify(name)}: supported values: "cpu", "hugepages-", "memory"`,
        });
    }
  }
  return errors;
}

/** Whether less may be requested than is allowed: of native resources, but not of huge pages. */
export function isOvercommitAllowed(name: string): boolean {
  return isNative(name) && !name.startsWith('hugepages-');
}
function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** The name of a resource that containers may ask for. */
export function containerResourceName(name: string, path: string): FieldError[] {
  const errors = invalidEach(path, name, isQualifiedName(name));
  if (errors.length) return errors;
  if (name.includes('/')) {
    const isExtended = !isNative(name) && !name.startsWith('requests.');
    return isExtended ? [] : [invalid(path, name, "doesn't follow extended resource name standard")];
  }
  if (STANDARD.has(name) || name.startsWith('hugepages-')) return [];
  return [invalid(path, name, 'must be a standard resource type or fully qualified'), invalid(path, name, 'must be a standard resource for containers')];
}

function quantityErrors(name: string, quantity: string, path: string): FieldError[] {
  if (compareQuantity(quantity, '0') < 0) return [invalid(path, quantity, NOT_NEGATIVE)];
  if (isNative(name)) return [];
  return isInteger(quantity) ? [] : [invalid(path, quantity, 'must be an integer')];
}
/** Whether nothing is lost by counting in whole numbers. */
export function isInteger(quantity: string): boolean {
  return scaledValue(quantity, 0) * 10n ** 9n === scaledValue(quantity, -9);
}
