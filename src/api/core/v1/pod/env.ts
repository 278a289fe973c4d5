import type { EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector } from '#api/types/core-v1';
import { child, type FieldError, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isConfigMapKey, isDns1123Subdomain, isQualifiedName, isRelaxedEnvVarName } from '../../../machinery/names.ts';
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
const CONTAINER_RESOURCES = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'];

/** Environment variables of a container. */
export function validateEnv(env: readonly EnvVar[] | undefined, path: string): FieldError[] {
  return (env ?? []).flatMap((variable, i) => {
    const at = index(path, i);
    const names = variable.name ? invalidEach(child(at, 'name'), variable.name, isRelaxedEnvVarName(variable.name)) : [required(child(at, 'name'))];
    return [...names, ...validateValueFrom(variable, child(at, 'valueFrom'))];
  });
}

function validateValueFrom({ value, valueFrom }: EnvVar, path: string): FieldError[] {
  if (!valueFrom) return [];
  const errors = sourceErrors(valueFrom, path);
  const count = [valueFrom.fieldRef, valueFrom.resourceFieldRef, valueFrom.configMapKeyRef, valueFrom.secretKeyRef, valueFrom.fileKeyRef].filter(
    Boolean,
  ).length;
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
    if (!reference.name) errors.push(required(child(path, field, 'name')));
    if (reference.key) errors.push(...invalidEach(child(path, field, 'key'), reference.key, isConfigMapKey(reference.key)));
    else errors.push(required(child(path, field, 'key')));
  }
  if (fileKeyRef) {
    const at = child(path, 'fileKeyRef');
    if (!fileKeyRef.volumeName) errors.push(required(child(at, 'volumeName')));
    if (!fileKeyRef.path) errors.push(required(child(at, 'path')));
    else errors.push(...descendingPath(child(at, 'path'), fileKeyRef.path));
    if (!fileKeyRef.key) errors.push(required(child(at, 'key')));
  }
  return errors;
}

/** A reference to a field of the Pod: one of `supported`, or one label or annotation. */
export function validateFieldRef({ apiVersion, fieldPath }: ObjectFieldSelector, supported: readonly string[], path: string): FieldError[] {
  if (!apiVersion) return [required(child(path, 'apiVersion'))];
  if (!fieldPath) return [required(child(path, 'fieldPath'))];
  const at = child(path, 'fieldPath');
  const entry = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(fieldPath);
  if (entry) {
    const [, map, entryKey = ''] = entry;
    return invalidEach(at, map === 'metadata.annotations' ? entryKey.toLowerCase() : entryKey, isQualifiedName(entryKey.toLowerCase()));
  }
  if (/\[.*\]$/.test(fieldPath)) return [invalid(at, fieldPath, `error converting fieldPath: field label does not support subscript: ${fieldPath}`)];
  return supported.includes(fieldPath) ? [] : [notSupported(at, fieldPath, [...supported].sort())];
}

/** A reference to a request or limit of a container. */
export function validateResourceFieldRef({ containerName, resource, divisor }: ResourceFieldSelector, path: string, isVolume: boolean): FieldError[] {
  if (isVolume && !containerName) return [required(child(path, 'containerName'))];
  if (!resource) return [required(child(path, 'resource'))];
  const isHugePages = /^(limits|requests)\.hugepages-/.test(resource);
  if (!CONTAINER_RESOURCES.includes(resource) && !isHugePages) return [notSupported(child(path, 'resource'), resource, CONTAINER_RESOURCES)];
  return validateDivisor(resource, divisor, path);
}

const CPU_DIVISORS = ['1m', '1'];
const MEMORY_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
function validateDivisor(resource: string, divisor: string | undefined, path: string): FieldError[] {
  if (divisor === undefined || compareQuantity(divisor, '0') === 0) return [];
  const isCpu = resource.endsWith('.cpu');
  if ((isCpu ? CPU_DIVISORS : MEMORY_DIVISORS).includes(divisor)) return [];
  const detail = isCpu
    ? "only divisor's values 1m and 1 are supported with the cpu resource"
    : "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource";
  return [invalid(child(path, 'divisor'), divisor, detail)];
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
      if (reference.name) errors.push(...invalidEach(child(at, field, 'name'), reference.name, isDns1123Subdomain(reference.name)));
      else errors.push(required(child(at, field, 'name')));
    }
    if (!configMapRef && !secretRef) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (configMapRef && secretRef) errors.push(invalid(path, '', MORE_THAN_ONE));
    return errors;
  });
}
