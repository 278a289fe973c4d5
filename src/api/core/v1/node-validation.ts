import { isIPv6 } from 'node:net';
import type { ConfigMapNodeConfigSource, Node, NodeConfigSource, ResourceList } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, internalError, invalid, required } from '../../machinery/field-error.ts';
import { goQuote } from '../../machinery/go-text.ts';
import { cidrWarnings, parseCidr, validateLegacyCidr } from '../../machinery/ip-address.ts';
import { isConfigMapKey, isDns1123Label, isDns1123Subdomain } from '../../machinery/names.ts';
import { nodeAnnotationErrors } from './node-annotations.ts';
import { taintErrors } from './node-taints.ts';
import { invalidEach } from './pod/checks.ts';
import { quantityErrors } from './pod/container-resources.ts';

const CIDRS = 'spec.podCIDRs';
const TAINTS = 'metadata.taints';
const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const MAX_FEATURE_LENGTH = 253;

/** What is wrong with a Node; upstream counts its taints to the metadata. */
export function validateNode(node: Node): FieldError[] {
  const cidrs = node.spec?.podCIDRs ?? [];
  const errors = [...nodeAnnotationErrors(node), ...taintErrors(node.spec?.taints ?? [], TAINTS), ...resourceErrors(node)];
  errors.push(...swapErrors(node), ...featureErrors(node));
  errors.push(...cidrs.flatMap((cidr, i) => validateLegacyCidr(index(CIDRS, i), cidr)));
  return cidrs.length > 1 ? [...errors, ...listErrors(cidrs)] : errors;
}

function listErrors(cidrs: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  const wrong = cidrs.findIndex((cidr) => !parseCidr(cidr));
  if (wrong >= 0) {
    const cause = `invalid CIDR[${wrong}]: <nil> (invalid CIDR address: ${cidrs[wrong]})`;
    errors.push(internalError(CIDRS, `invalid PodCIDRs. failed to check with dual stack with error:${cause}`));
  }
  const families = new Set(cidrs.map((cidr) => isIPv6(cidr.split('/')[0] ?? '')));
  if (wrong >= 0 || families.size < 2 || cidrs.length > 2) errors.push(invalid(CIDRS, cidrs, 'may specify no more than one CIDR for each IP family'));
  for (const [i, cidr] of cidrs.entries()) if (cidrs.indexOf(cidr) < i) errors.push(duplicate(index(CIDRS, i), cidr));
  return errors;
}

/** Amounts are not negative, and what is counted comes in whole numbers. */
function resourceErrors({ status }: Node): FieldError[] {
  const ofList = (list: ResourceList | undefined, path: string) =>
    Object.entries(list ?? {}).flatMap(([name, quantity]) => quantityErrors(name, quantity, child(path, name)));
  return [...ofList(status?.capacity, 'status.capacity'), ...ofList(status?.allocatable, 'status.allocatable')];
}

/** Upstream counts swap space to the metadata. */
function swapErrors({ status }: Node): FieldError[] {
  const capacity = status?.nodeInfo?.swap?.capacity ?? 1;
  return capacity > 0 ? [] : [invalid('metadata.nodeSwapStatus.capacity', capacity, 'must be greater than zero')];
}

/** The features a Node declares are in order. */
function featureErrors({ status }: Node): FieldError[] {
  const features = status?.declaredFeatures ?? [];
  return features.flatMap((feature, i) => {
    const message = featureProblem(feature);
    const errors = message ? [invalid(index('status.declaredFeatures', i), feature, message)] : [];
    const next = features[i + 1];
    if (next === undefined) return errors;
    const at = index('status.declaredFeatures', i + 1);
    if (feature === next) errors.push(duplicate(at, next));
    else if (feature > next) errors.push(invalid(at, next, 'list must be sorted alphabetically'));
    return errors;
  });
}
function featureProblem(name: string): string {
  const called = `invalid feature name ${goQuote(name)}:`;
  if (Buffer.byteLength(name) > MAX_FEATURE_LENGTH) return `${called} must be no more than ${MAX_FEATURE_LENGTH} characters`;
  if (FEATURE.test(name)) return '';
  return `${called} must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes`;
}

/** The addresses of a Node's Pods are given once, and so is the cloud's name for it. Judges the whole. */
export function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  return [...validateNode(node), ...validateNodeChange(node, old)];
}
/** What is wrong with what changes of a Node; also asked for its status. */
export function validateNodeChange(node: Node, old: Node): FieldError[] {
  const { spec, status } = node;
  const errors = [...nodeAnnotationErrors(node), ...resourceErrors(node), ...featureErrors(node)];
  const addresses = (status?.addresses ?? []).map(({ type, address }) => `${type}/${address}`);
  for (const [i, text] of addresses.entries()) {
    const { type, address } = status?.addresses?.[i] ?? {};
    if (addresses.indexOf(text) < i) errors.push(duplicate(index('status.addresses', i), { Type: type, Address: address }));
  }
  const [cidrs, before] = [spec?.podCIDRs ?? [], old.spec?.podCIDRs ?? []];
  const isFixed = () => forbidden(CIDRS, 'node updates may not change podCIDR except from "" to valid');
  if (before.length && before.length !== cidrs.length) errors.push(isFixed());
  else for (const [i, cidr] of before.entries()) if (cidrs[i] !== cidr) errors.push(isFixed());
  if (old.spec?.providerID && old.spec.providerID !== spec?.providerID)
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  if (spec?.configSource) errors.push(...configErrors(spec.configSource, 'spec.configSource', false));
  for (const name of ['assigned', 'active', 'lastKnownGood'] as const) {
    const source = status?.config?.[name];
    if (source) errors.push(...configErrors(source, child('status.config', name), true));
  }
  errors.push(...taintErrors(spec?.taints ?? [], TAINTS));
  if ((spec?.externalID ?? '') !== (old.spec?.externalID ?? '')) errors.push(forbidden('spec.externalID', 'may not be updated'));
  return errors;
}

/** Kubelets read their configuration from here once; of what is left only the form counts. */
function configErrors(source: NodeConfigSource, path: string, isStatus: boolean): FieldError[] {
  const { configMap } = source;
  if (!configMap) return [invalid(path, { ConfigMap: null }, 'exactly one reference subfield must be non-nil')];
  const at = child(path, 'configMap');
  const errors: FieldError[] = [];
  for (const field of ['uid', 'resourceVersion'] as const) {
    if (isStatus && !configMap[field]) errors.push(required(child(at, field), `${field} must be set in status`));
    if (!isStatus && configMap[field]) errors.push(forbidden(child(at, field), `${field} must not be set in spec`));
  }
  return [...errors, ...mapErrors(configMap, at)];
}
function mapErrors({ namespace, name, kubeletConfigKey }: ConfigMapNodeConfigSource, path: string): FieldError[] {
  const check = (field: string, value: string, rule: (value: string) => string[]) =>
    value ? invalidEach(child(path, field), value, rule(value)) : [required(child(path, field), `${field} must be set`)];
  return [
    ...check('namespace', namespace, isDns1123Label),
    ...check('name', name, isDns1123Subdomain),
    ...check('kubeletConfigKey', kubeletConfigKey, isConfigMapKey),
  ];
}

/** What a Node's author is told of fields that nobody reads any more, and of oddly written ranges. */
export function nodeWarnings({ spec }: Node): string[] {
  return [
    ...(spec?.configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec?.podCIDRs ?? []).flatMap((cidr, i) => cidrWarnings(index(CIDRS, i), cidr)),
  ];
}
