import { lookupTable } from '#lib';
import type { EnvFromSource, EnvVar, EnvVarSource, FileKeySelector, ObjectFieldSelector, ResourceFieldSelector } from '#api/types/core-v1';
import { child, type FieldError, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isConfigMapKey, isDns1123Subdomain, isQualifiedName, isRelaxedEnvVarName, maskTrailingDash } from '../../../machinery/names.ts';
import { compareQuantity } from '../../../machinery/quantity.ts';
import { descendingPath, invalidEach } from './checks.ts';

const MORE_THAN_ONE = 'may not have more than one field specified at a time';

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** Fields of Pods that have a name in selectors, though not all of them are for containers to see. */
const KNOWN_FIELDS = new Set([...ENV_FIELDS, 'metadata.annotations', 'metadata.labels', 'spec.restartPolicy', 'spec.schedulerName', 'status.phase']);
const CONTAINER_RESOURCES = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'];

/** Environment variables of a container. */
export function validateEnv(env: readonly EnvVar[] | undefined, path: string): FieldError[] {
  return (env ?? []).flatMap((variable, i) => {
    const at = index(path, i);
    const names = variable.name ? invalidEach(child(at, 'name'), variable.name, isRelaxedEnvVarName(variable.name)) : [required(child(at, 'name'))];
    return variable.valueFrom ? [...names, ...validateValueFrom(variable.valueFrom, variable.value, child(at, 'valueFrom'))] : names;
  });
}

function validateValueFrom(source: EnvVarSource, value: string | undefined, path: string): FieldError[] {
  const errors = sourceErrors(source, path);
  const count = [source.fieldRef, source.resourceFieldRef, source.configMapKeyRef, source.secretKeyRef, source.fileKeyRef].filter(Boolean).length;
  if (count === 0)
    return [...errors, invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`')];
  if (value) return [...errors, invalid(path, '', 'may not be specified when `value` is not empty')];
  return count > 1 ? [...errors, invalid(path, '', MORE_THAN_ONE)] : errors;
}

function sourceErrors({ fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef }: EnvVarSource, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, ENV_FIELDS, child(path, 'fieldRef')));
  if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, child(path, 'resourceFieldRef'), false));
  for (const [field, reference] of [
    ['configMapKeyRef', configMapKeyRef],
    ['secretKeyRef', secretKeyRef],
  ] as const) {
    if (!reference) continue;
    const { name = '' } = reference;
    errors.push(...invalidEach(child(path, field, 'name'), name, isDns1123Subdomain(name)));
    if (reference.key) errors.push(...invalidEach(child(path, field, 'key'), reference.key, isConfigMapKey(reference.key)));
    else errors.push(required(child(path, field, 'key')));
  }
  if (fileKeyRef) errors.push(...validateFileKey(fileKeyRef, child(path, 'fileKeyRef')));
  return errors;
}

function validateFileKey({ volumeName, path: target, key: name }: FileKeySelector, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!volumeName) errors.push(required(child(path, 'volumeName')));
  if (!target) errors.push(required(child(path, 'path')));
  else errors.push(...descendingPath(child(path, 'path'), target));
  if (!name) errors.push(required(child(path, 'key')));
  else errors.push(...invalidEach(child(path, 'key'), name, isRelaxedEnvVarName(name)));
  return errors;
}

/** A reference to a field of the Pod: one of `supported`, or one label or annotation. */
export function validateFieldRef({ apiVersion, fieldPath }: ObjectFieldSelector, supported: readonly string[], path: string): FieldError[] {
  if (!apiVersion) return [required(child(path, 'apiVersion'))];
  const at = child(path, 'fieldPath');
  if (!fieldPath) return [required(at)];
  const unconvertible = (text: string) => [invalid(at, fieldPath, `error converting fieldPath: ${text}`)];
  if (apiVersion !== 'v1') return unconvertible(`unsupported pod version: ${apiVersion}`);
  const entry = /^(.+?)\['(.*)'\]$/s.exec(fieldPath);
  if (entry) {
    const [, map, name = ''] = entry;
    if (map === 'metadata.annotations') return invalidEach(path, name.toLowerCase(), isQualifiedName(name.toLowerCase()));
    return map === 'metadata.labels' ? invalidEach(path, name, isQualifiedName(name)) : unconvertible(`field label does not support subscript: ${fieldPath}`);
  }
  // The name of old clients.
  const known = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  if (!KNOWN_FIELDS.has(known)) return unconvertible(`field label not supported: ${fieldPath}`);
  return supported.includes(known) ? [] : [notSupported(at, known, supported)];
}

/** A reference to a request or limit of a container. */
export function validateResourceFieldRef({ containerName, resource, divisor }: ResourceFieldSelector, path: string, isVolume: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const isHugePages = /^(limits|requests)\.hugepages-/.test(resource);
  if (isVolume && !containerName) errors.push(required(child(path, 'containerName')));
  else if (!resource) errors.push(required(child(path, 'resource')));
  else if (!CONTAINER_RESOURCES.includes(resource) && !isHugePages) errors.push(notSupported(child(path, 'resource'), resource, CONTAINER_RESOURCES));
  return [...errors, ...validateDivisor(resource, divisor, path)];
}

const CPU_DIVISORS = ['1m', '1'];
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
const DIVIDED = lookupTable<string>({ memory: 'memory', 'ephemeral-storage': 'local ephemeral storage' });
function validateDivisor(resource: string, divisor: string | undefined, path: string): FieldError[] {
  if (divisor === undefined || compareQuantity(divisor, '0') === 0) return [];
  const name = resource.replace(/^(limits|requests)\./, '');
  if (name === 'cpu') {
    if (CPU_DIVISORS.includes(divisor)) return [];
    return [invalid(child(path, 'divisor'), resource, "only divisor's values 1m and 1 are supported with the cpu resource")];
  }
  const label = name.startsWith('hugepages-') ? 'hugepages' : DIVIDED[name];
  if (label === undefined || BYTE_DIVISORS.includes(divisor)) return [];
  return [invalid(child(path, 'divisor'), resource, `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the ${label} resource`)];
}

/** Whole ConfigMaps and Secrets as environment. */
export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, path: string): FieldError[] {
  return (sources ?? []).flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const at = index(path, i);
    const errors: FieldError[] = [];
    if (prefix) errors.push(...invalidEach(child(at, 'prefix'), prefix, isRelaxedEnvVarName(prefix)));
    for (const [field, reference] of [
      ['configMapRef', configMapRef],
      ['secretRef', secretRef],
    ] as const) {
      if (!reference) continue;
      // Upstream judges it as it judges a generateName.
      if (reference.name) errors.push(...invalidEach(child(at, field, 'name'), reference.name, isDns1123Subdomain(maskTrailingDash(reference.name))));
      else errors.push(required(child(at, field, 'name')));
    }
    if (!configMapRef && !secretRef) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (configMapRef && secretRef) errors.push(invalid(path, '', MORE_THAN_ONE));
    return errors;
  });
}
