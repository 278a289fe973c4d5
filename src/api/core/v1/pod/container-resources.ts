import type { PodSpec, ResourceClaim, ResourceList, ResourceRequirements } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, key, required } from '../../../machinery/field-error.ts';
import { isDns1123Label, isQualifiedName } from '../../../machinery/names.ts';
import { compareQuantity, isQuantity, scaledValue } from '../../../machinery/quantity.ts';
import { isCounted, resourceName } from '../resource-names.ts';
import { invalidEach, NOT_NEGATIVE } from './checks.ts';
import { isPodLevelResource, sumOfContainers } from './resources.ts';
import type { PodRules } from './rules.ts';

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage']);
const COMPUTE = ['cpu', 'memory'];

/** Requests and limits of a container: known names, right amounts, requests within limits. */
export function validateContainerResources(
  resources: ResourceRequirements | undefined,
  claims: ReadonlySet<string>,
  path: string,
  rules?: PodRules,
): FieldError[] {
  if (!resources) return [];
  return [...validateAmounts(resources, path, containerResourceName, rules), ...claimErrors(resources.claims, claims, child(path, 'claims'))];
}

type NameCheck = (name: string, path: string) => FieldError[];

// Upstream goes through these maps in no order; here names are sorted, so that the same mistakes give the same answer.
function validateAmounts({ limits, requests }: ResourceRequirements, path: string, checkName: NameCheck, rules?: PodRules): FieldError[] {
  const [limitsPath, requestsPath] = [child(path, 'limits'), child(path, 'requests')];
  const errors: FieldError[] = [];
  for (const name of sortedNames(limits)) errors.push(...amountErrors(name, limits?.[name] ?? '0', key(limitsPath, name), checkName, rules));
  for (const name of sortedNames(requests)) {
    const quantity = requests?.[name] ?? '0';
    const limit = limits?.[name];
    const found = amountErrors(name, quantity, key(requestsPath, name), checkName, rules);
    const ofPages = found.length && name.startsWith(HUGE_PAGES) ? found.splice(-1) : [];
    errors.push(...found);
    if (limit === undefined) {
      if (!isOvercommitAllowed(name)) errors.push(required(limitsPath, 'Limit must be set for non overcommitable resources'));
    } else if (!isOvercommitAllowed(name) && compareQuantity(quantity, limit) !== 0) {
      errors.push(invalid(requestsPath, quantity, `must be equal to ${name} limit of ${limit}`));
    } else if (compareQuantity(quantity, limit) > 0) errors.push(invalid(requestsPath, quantity, `must be less than or equal to ${name} limit of ${limit}`));
    errors.push(...ofPages);
  }
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (names.some((name) => name.startsWith(HUGE_PAGES)) && !names.some((name) => COMPUTE.includes(name))) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  return errors;
}
function sortedNames(list: ResourceList | undefined): string[] {
  return list ? Object.keys(list).sort() : [];
}

const HUGE_PAGES = 'hugepages-';
function amountErrors(name: string, quantity: string, path: string, checkName: NameCheck, rules: PodRules | undefined): FieldError[] {
  const errors = [...checkName(name, path), ...quantityErrors(name, quantity, path)];
  if (name.startsWith(HUGE_PAGES) && !isWholePages(name, quantity) && !hasBrokenPages(rules?.old))
    errors.push(invalid(path, quantity, `${quantity} is not positive integer multiple of ${name}`));
  return errors;
}
function isWholePages(name: string, quantity: string): boolean {
  const page = name.slice(HUGE_PAGES.length);
  if (!isQuantity(page) || compareQuantity(page, '0') <= 0 || !isInteger(page)) return false;
  return scaledValue(quantity, 0) % scaledValue(page, 0) === 0n;
}
/** Older versions let in what is no whole number of pages. */
function hasBrokenPages(old: PodSpec | undefined): boolean {
  return [...(old?.containers ?? []), ...(old?.initContainers ?? [])].some(({ resources }) =>
    [resources?.limits, resources?.requests].some((list) =>
      Object.entries(list ?? {}).some(([name, quantity]) => name.startsWith(HUGE_PAGES) && !isWholePages(name, quantity)),
    ),
  );
}

function claimErrors(claims: readonly ResourceClaim[] | undefined, known: ReadonlySet<string>, path: string): FieldError[] {
  const seen = new Set<string>();
  return (claims ?? []).flatMap(({ name, request }, i) => {
    const at = index(path, i);
    if (!name) return [required(at)];
    const errors: FieldError[] = [];
    if (seen.has(name)) errors.push(duplicate(at, name));
    else {
      if (request) errors.push(...invalidEach(child(at, 'request'), request, isDns1123Label(request)));
      const full = request ? `${name}/${request}` : name;
      if (seen.has(full)) errors.push(duplicate(at, full));
      // A whole claim takes in requests that were named one by one.
      else if (!request) for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(duplicate(at, name));
      seen.add(full);
    }
    if (!known.has(name)) {
      const detail = `must be one of the names in pod.spec.resourceClaims${known.size ? `: ${[...known].sort().join(', ')}` : ' which is empty'}`;
      errors.push({ type: 'FieldValueNotFound', field: at, message: `Not found: ${JSON.stringify(name)}: ${detail}` });
    }
    return errors;
  });
}

/** Requests and limits of the Pod as a whole: they cover what its containers ask for. */
export function validatePodResources(spec: PodSpec, path: string, rules: PodRules): FieldError[] {
  const { resources, os } = spec;
  if (!resources) return [];
  if (os?.name === 'windows') return [forbidden(path, 'may not be set for a windows pod')];
  const errors: FieldError[] = resources.claims ? [forbidden(child(path, 'claims'), 'claims cannot be set for Resources at pod-level')] : [];
  return [...errors, ...validateAmounts(resources, path, podResourceName, rules), ...consistencyErrors(spec, resources, path)];
}

function podResourceName(name: string, path: string): FieldError[] {
  const errors = resourceName(path, name);
  if (errors.length || isPodLevelResource(name)) return errors;
  return [
    {
      type: 'FieldValueNotSupported',
      field: path,
      message: `Unsupported value: ${JSON.stringify(name)}: supported values: "cpu", "hugepages-", "memory"`,
    },
  ];
}

function consistencyErrors(spec: PodSpec, { requests, limits }: ResourceRequirements, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [list, own, text] of [
    ['requests', requests, 'requests'],
    ['limits', limits, 'limits'],
  ] as const) {
    const together = sumOfContainers(spec, list);
    for (const name of sortedNames(together)) {
      if (list === 'limits' && !name.startsWith(HUGE_PAGES)) continue;
      const [asked, allowed] = [together[name] ?? '0', own?.[name]];
      if (allowed !== undefined && compareQuantity(asked, allowed) > 0)
        errors.push(invalid(key(child(path, list), name), allowed, `must be greater than or equal to aggregate container ${text} of ${asked}`));
    }
  }
  for (const [i, container] of (spec.containers ?? []).entries()) {
    for (const name of sortedNames(container.resources?.limits)) {
      const [limit, most] = [container.resources?.limits?.[name] ?? '0', limits?.[name]];
      // Upstream's path begins at the Pod's resources.
      const at = child(key(index(child(path, 'containers'), i), name), 'limits');
      if (most !== undefined && compareQuantity(limit, most) > 0) errors.push(invalid(at, limit, `must be less than or equal to pod limits of ${most}`));
    }
  }
  return errors;
}

/** Whether less may be requested than is allowed: of native resources, but not of huge pages. */
export function isOvercommitAllowed(name: string): boolean {
  return isNative(name) && !name.startsWith(HUGE_PAGES);
}
function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** The name of a resource that containers may ask for. */
export function containerResourceName(name: string, path: string): FieldError[] {
  if (STANDARD.has(name)) return [];
  const errors = resourceName(path, name);
  if (!name.includes('/')) {
    if (!name.startsWith(HUGE_PAGES)) errors.push(invalid(path, name, 'must be a standard resource for containers'));
  } else if (!isNative(name) && (name.startsWith('requests.') || isQualifiedName(`requests.${name}`).length)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

/** An amount is not negative, and whole where parts mean nothing. */
export function quantityErrors(name: string, quantity: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (quantity.startsWith('-') && compareQuantity(quantity, '0') < 0) errors.push(invalid(path, quantity, NOT_NEGATIVE));
  if (isCounted(name) && !isInteger(quantity)) errors.push(invalid(path, quantity, 'must be an integer'));
  return errors;
}
/** Whether nothing is lost by counting in whole numbers (in thousandths, as upstream looks at it). */
export function isInteger(quantity: string): boolean {
  return scaledValue(quantity, -3) % 1000n === 0n;
}
