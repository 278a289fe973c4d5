import { invalidEach } from '../../core/v1/pod/checks.ts';
import { child, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName, isPortNumber } from '../../machinery/names.ts';
import type { APIService } from './types.ts';

const STATUSES = ['True', 'False', 'Unknown'];
const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;

/** What is wrong with an APIService; follows kube-aggregator's validation. */
export function validateApiService({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum, versionPriority } = spec;
  const errors = nameErrors(metadata.name ?? '', `${version}.${group}`);
  if (!group && version !== 'v1') errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  if (group) errors.push(...invalidEach('spec.group', group, isDns1123Subdomain(group)));
  errors.push(...invalidEach('spec.version', version, isDns1035Label(version)));
  if (!(groupPriorityMinimum > 0 && groupPriorityMinimum <= MAX_GROUP_PRIORITY)) {
    errors.push(invalid('spec.groupPriorityMinimum', groupPriorityMinimum ?? 0, 'must be positive and less than 20000'));
  }
  if (!(versionPriority > 0 && versionPriority <= MAX_VERSION_PRIORITY)) {
    errors.push(invalid('spec.versionPriority', versionPriority ?? 0, 'must be positive and less than 1000'));
  }
  return [...errors, ...serverErrors(spec)];
}

function nameErrors(name: string, expected: string): FieldError[] {
  // What is wrong with the name alone was said with the metadata.
  if (!name || isPathSegmentName(name).length > 0 || name === expected) return [];
  return [invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(expected)}`)];
}

function serverErrors({ service, caBundle, insecureSkipTLSVerify: isInsecure }: APIService['spec']): FieldError[] {
  const errors: FieldError[] = [];
  if (!service) {
    const size = Buffer.from(caBundle ?? '', 'base64').length;
    if (size) errors.push(invalid('spec.caBundle', `${size} bytes`, 'local APIServices may not have a caBundle'));
    if (isInsecure) errors.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
    return errors;
  }
  if (!service.namespace) errors.push(required('spec.service.namespace'));
  if (!service.name) errors.push(required('spec.service.name'));
  const port = service.port ?? 0;
  const messages = isPortNumber(port);
  if (messages.length) errors.push(invalid('spec.service.port', port, `port is not valid: ${messages.join(', ')}`));
  if (isInsecure && caBundle) errors.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  return errors;
}

/** What is wrong with an APIService's status. */
export function validateApiServiceStatus({ status }: APIService): FieldError[] {
  return (status?.conditions ?? []).flatMap(({ status: value }, i) =>
    STATUSES.includes(value) ? [] : [notSupported(child(index('status.conditions', i), 'status'), value, STATUSES)],
  );
}
