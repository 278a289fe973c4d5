import type { ClusterTrustBundleProjection, ProjectedVolumeSource, ServiceAccountTokenProjection, VolumeProjection } from '#api/types/core-v1';
import { child, type FieldError, forbidden, index, invalid, required } from '../../../machinery/field-error.ts';
import { isDns1123Subdomain } from '../../../machinery/names.ts';
import { validateLabelSelector } from '../../../machinery/selector.ts';
import { needs } from '../volume-sources.ts';
import { fileMode, invalidEach } from './checks.ts';
import type { PodRules } from './rules.ts';
import { unreservedPath, validateDownwardFile, validateItems } from './volume-files.ts';

/** A volume that gathers files of several sources; each file's place is taken once. */
export function validateProjected({ sources, defaultMode }: ProjectedVolumeSource, path: string, rules: PodRules): FieldError[] {
  const errors = fileMode(child(path, 'defaultMode'), defaultMode);
  const files = new TakenPaths(path, errors);
  for (const [i, source] of (sources ?? []).entries()) {
    const at = index(child(path, 'sources'), i);
    errors.push(...validateFileSources(source, files, at));
    const { serviceAccountToken, clusterTrustBundle } = source;
    if (serviceAccountToken) errors.push(...validateTokenProjection(serviceAccountToken, child(at, 'serviceAccountToken'), path, rules));
    if (clusterTrustBundle) {
      errors.push(...validateTrustBundle(clusterTrustBundle, child(at, 'clusterTrustBundle')));
      files.take(clusterTrustBundle.path ?? '', clusterTrustBundle.path ?? '');
    }
    if (countOf(source) > 1) errors.push(forbidden(at, 'may not specify more than 1 volume type per source'));
  }
  return errors;
}

function countOf(source: VolumeProjection): number {
  let count = 0;
  for (const name in source) if (source[name as keyof VolumeProjection] !== undefined) count++;
  return count;
}

/** Remembers where files go, and says so when two go to one place. */
class TakenPaths {
  readonly #volume: string;
  readonly #errors: FieldError[];
  readonly #taken = new Set<string>();
  constructor(volume: string, errors: FieldError[]) {
    this.#volume = volume;
    this.#errors = errors;
  }
  take(file: string, owner: string): void {
    if (this.#taken.has(file)) this.#errors.push(invalid(this.#volume, owner, 'conflicting duplicate paths'));
    this.#taken.add(file);
  }
}

function validateFileSources(projection: VolumeProjection, files: TakenPaths, path: string): FieldError[] {
  const { downwardAPI } = projection;
  const errors: FieldError[] = [];
  for (const field of ['secret', 'configMap'] as const) {
    const source = projection[field];
    if (!source) continue;
    errors.push(...needs(child(path, field), { name: source.name }), ...validateItems(source.items, child(path, field)));
    for (const item of source.items ?? []) if (item.path) files.take(item.path, source.name ?? '');
  }
  for (const file of downwardAPI?.items ?? []) {
    errors.push(...validateDownwardFile(file, child(path, 'downwardAPI')));
    if (file.path) files.take(file.path, file.path);
  }
  return errors;
}

function validateTokenProjection(
  { expirationSeconds = 0, path: target }: ServiceAccountTokenProjection,
  at: string,
  volume: string,
  { old }: PodRules,
): FieldError[] {
  const errors: FieldError[] = [];
  const expiry = child(at, 'expirationSeconds');
  if (expirationSeconds < 10 * 60) errors.push(invalid(expiry, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  if (expirationSeconds > 2 ** 32) errors.push(invalid(expiry, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  // Upstream names the volume, not the source.
  if (!target) errors.push(required(child(volume, 'path')));
  else if (!hasForeignTokenPath(old)) errors.push(...unreservedPath(child(volume, 'path'), target));
  return errors;
}
/** Older versions let tokens be anywhere. */
function hasForeignTokenPath(old: PodRules['old']): boolean {
  const tokens = (old?.volumes ?? []).flatMap(({ projected }) => (projected?.sources ?? []).map(({ serviceAccountToken }) => serviceAccountToken));
  return tokens.some((token) => token?.path !== undefined && unreservedPath('', token.path).length > 0);
}

function validateTrustBundle({ name, signerName, labelSelector, path: target }: ClusterTrustBundleProjection, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (name !== undefined && signerName !== undefined) {
    errors.push(invalid(path, { name, signerName }, 'only one of name and signerName may be used'));
  } else if (name !== undefined) {
    if (!name) errors.push(required(child(path, 'name'), 'must be a valid object name'));
    const messages = isDns1123Subdomain(name.slice(name.lastIndexOf(':') + 1)).map((message) => `not a valid clustertrustbundlename: ${message}`);
    errors.push(...invalidEach(child(path, 'name'), name, messages));
    if (labelSelector) errors.push(invalid(child(path, 'labelSelector'), labelSelector, 'labelSelector must be unset if name is specified'));
  } else if (signerName !== undefined) {
    if (!signerName) errors.push(required(child(path, 'signerName'), 'must be a valid signer name'));
    errors.push(...validateLabelSelector(labelSelector, child(path, 'labelSelector')));
  } else errors.push(required(path, 'either name or signerName must be specified'));
  return [...errors, ...needs(path, { path: target }), ...unreservedPath(child(path, 'path'), target)];
}
