/** ResourceClaims and their templates. Follows ValidateResourceClaim of pkg/apis/resource/validation. */
import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceClaimSpec,
  ResourceClaimTemplateSpec,
} from '#api/types/resource-v1';
import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { validateTemplateMeta } from '../../machinery/template-meta.ts';
import { listErrors, setErrors } from './collections.ts';
import { configurationErrors, MAX_CONFIGS, selectorsErrors, tolerationsErrors } from './device-validation.ts';
import { classNameErrors, fullyQualifiedNameErrors, labelNameErrors } from './name-validation.ts';

export const MAX_REQUESTS = 32;
const MAX_CONSTRAINTS = 32;
const MAX_ALTERNATIVES = 8;
const MODES = ['All', 'ExactCount'];

/** What is wrong with a claim's spec. */
export function validateClaimSpec(spec: ResourceClaimSpec | undefined, path: string): FieldError[] {
  const devices = spec?.devices ?? {};
  const names = requestNames(devices);
  const at = `${path}.devices`;
  return [
    ...setErrors(devices.requests, MAX_REQUESTS, `${at}.requests`, requestErrors, ({ name }) => name),
    ...listErrors(devices.constraints, MAX_CONSTRAINTS, `${at}.constraints`, (constraint, i) => constraintErrors(constraint, i, names)),
    ...listErrors(devices.config, MAX_CONFIGS, `${at}.config`, (config, i) => [
      ...requestRefsErrors(config.requests, `${i}.requests`, names),
      ...configurationErrors(config, i),
    ]),
  ];
}

/** What is wrong with a template's spec. */
export function validateClaimTemplateSpec(spec: ResourceClaimTemplateSpec | undefined): FieldError[] {
  return [...validateTemplateMeta(spec?.metadata, 'spec.metadata'), ...validateClaimSpec(spec?.spec, 'spec.spec')];
}

/** The names by which the rest of a claim speaks of its requests: `a`, and `a/b` for an alternative. */
export function requestNames({ requests }: DeviceClaim): ReadonlySet<string> {
  return new Set((requests ?? []).flatMap(({ name, firstAvailable }) => [name, ...(firstAvailable ?? []).map((each) => `${name}/${each.name}`)]));
}

/** Names of requests, each once. */
export function requestRefsErrors(list: readonly string[] | undefined, path: string, names: ReadonlySet<string>): FieldError[] {
  return setErrors(
    list,
    MAX_REQUESTS,
    path,
    (name, at) => requestRefErrors(name, at, names),
    (name) => name,
  );
}
export function requestRefErrors(name: string, path: string, names: ReadonlySet<string>): FieldError[] {
  const unknown = invalid(path, name, "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'");
  const segments = name.split('/');
  if (segments.length > 2) return [unknown];
  const errors = segments.flatMap((segment) => labelNameErrors(segment, path));
  return names.has(name) ? errors : [...errors, unknown];
}

function requestErrors({ name, exactly, firstAvailable }: DeviceRequest, path: string): FieldError[] {
  const errors = labelNameErrors(name, `${path}.name`);
  const hasAlternatives = (firstAvailable?.length ?? 0) > 0;
  if (exactly && hasAlternatives) {
    const text = 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set';
    return [...errors, invalid(path, undefined, text)];
  }
  if (hasAlternatives) {
    return [
      ...errors,
      ...setErrors(
        firstAvailable,
        MAX_ALTERNATIVES,
        `${path}.firstAvailable`,
        (each, at) => [...labelNameErrors(each.name, `${at}.name`), ...exactErrors(each, at)],
        (each) => each.name,
      ),
    ];
  }
  if (!exactly) return [...errors, required(path, 'exactly one of `exactly` or `firstAvailable` is required')];
  return [...errors, ...exactErrors(exactly, `${path}.exactly`)];
}

function exactErrors(
  { deviceClassName, selectors, allocationMode, count = 0, tolerations }: ExactDeviceRequest | DeviceSubRequest,
  path: string,
): FieldError[] {
  return [
    ...classNameErrors(deviceClassName, `${path}.deviceClassName`),
    ...selectorsErrors(selectors, `${path}.selectors`),
    ...modeErrors(allocationMode ?? '', count, path),
    ...tolerationsErrors(tolerations, `${path}.tolerations`),
  ];
}

function modeErrors(mode: string, count: number, path: string): FieldError[] {
  if (!MODES.includes(mode)) return [notSupported(`${path}.allocationMode`, mode, MODES)];
  if (mode === 'All') return count === 0 ? [] : [invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'")];
  return count > 0 ? [] : [invalid(`${path}.count`, count, 'must be greater than zero')];
}

function constraintErrors({ requests, matchAttribute, distinctAttribute }: DeviceConstraint, path: string, names: ReadonlySet<string>): FieldError[] {
  const errors = requestRefsErrors(requests, `${path}.requests`, names);
  if (matchAttribute !== undefined) return [...errors, ...fullyQualifiedNameErrors(matchAttribute, `${path}.matchAttribute`)];
  if (distinctAttribute !== undefined) return [...errors, ...fullyQualifiedNameErrors(distinctAttribute, `${path}.distinctAttribute`)];
  // Upstream's text is that of the other mistake.
  return [...errors, required(path, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set')];
}
