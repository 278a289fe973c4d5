import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from '#api/types/networking-v1';
import { child, type FieldError, forbidden, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { cidrHas, cidrWarnings, parseCidr, validateLegacyCidr } from '../../machinery/ip-address.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';
import { invalidEach, portOrName } from '../../core/v1/pod/checks.ts';
import { isPortNumber } from '../../machinery/names.ts';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const POLICY_TYPES = ['Ingress', 'Egress'];

/** What a policy may keep that a new one may not have. */
interface Leniency {
  readonly allowInvalidValues: boolean;
  /** CIDRs that stood in the old policy, wherever. */
  readonly knownCidrs: readonly string[];
}

/** What is wrong with a new NetworkPolicy; follows pkg/apis/networking/validation. */
export function validateNetworkPolicy({ spec }: NetworkPolicy): FieldError[] {
  return spec ? validateSpec(spec, { allowInvalidValues: false, knownCidrs: [] }) : [];
}

/** What is wrong with a NetworkPolicy that replaces `old`: mistakes of earlier versions may stay. */
export function validateNetworkPolicyUpdate({ spec }: NetworkPolicy, old: NetworkPolicy): FieldError[] {
  if (!spec) return [];
  const allowInvalidValues = validateLabelSelector(old.spec?.podSelector, '').length > 0;
  return validateSpec(spec, { allowInvalidValues, knownCidrs: blocksOf(old).flatMap(({ block }) => [block.cidr, ...(block.except ?? [])]) });
}

/** Warnings about CIDRs that are written unusually. */
export function networkPolicyWarnings(policy: NetworkPolicy): string[] {
  return blocksOf(policy).flatMap(({ block, path }) => [
    ...cidrWarnings(child(path, 'cidr'), block.cidr),
    ...(block.except ?? []).flatMap((except, i) => cidrWarnings(index(child(path, 'except'), i), except)),
  ]);
}

function blocksOf({ spec }: NetworkPolicy): { block: IPBlock; path: string }[] {
  const of = (peers: readonly NetworkPolicyPeer[] | undefined, path: string) =>
    (peers ?? []).flatMap(({ ipBlock: block }, i) => (block ? [{ block, path: child(index(path, i), 'ipBlock') }] : []));
  return [
    ...(spec?.ingress ?? []).flatMap(({ from }, i) => of(from, child(index('spec.ingress', i), 'from'))),
    ...(spec?.egress ?? []).flatMap(({ to }, i) => of(to, child(index('spec.egress', i), 'to'))),
  ];
}

function validateSpec({ podSelector, ingress, egress, policyTypes = [] }: NetworkPolicySpec, leniency: Leniency): FieldError[] {
  const errors = validateLabelSelector(podSelector, 'spec.podSelector', leniency);
  for (const [i, { ports, from }] of (ingress ?? []).entries())
    errors.push(...validateRule({ ports, peers: from, field: 'from' }, index('spec.ingress', i), leniency));
  for (const [i, { ports, to }] of (egress ?? []).entries()) errors.push(...validateRule({ ports, peers: to, field: 'to' }, index('spec.egress', i), leniency));
  if (policyTypes.length > POLICY_TYPES.length) return [...errors, invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes')];
  for (const [i, type] of policyTypes.entries()) {
    if (!POLICY_TYPES.includes(type)) errors.push(notSupported(index('spec.policyTypes', i), type, POLICY_TYPES));
  }
  return errors;
}

interface Rule {
  readonly ports: readonly NetworkPolicyPort[] | undefined;
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
  readonly field: 'from' | 'to';
}
function validateRule({ ports, peers, field }: Rule, path: string, leniency: Leniency): FieldError[] {
  return [
    ...(ports ?? []).flatMap((port, i) => validatePort(port, index(child(path, 'ports'), i))),
    ...(peers ?? []).flatMap((peer, i) => validatePeer(peer, index(child(path, field), i), leniency)),
  ];
}

function validatePort({ port, endPort, protocol }: NetworkPolicyPort, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = child(path, 'endPort');
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, PROTOCOLS));
  if (port === undefined) return endPort === undefined ? errors : [...errors, invalid(at, endPort, 'may not be specified when `port` is not specified')];
  if (typeof port === 'string') {
    if (endPort !== undefined) errors.push(invalid(at, endPort, 'may not be specified when `port` is non-numeric'));
    return [...errors, ...portOrName(child(path, 'port'), port)];
  }
  errors.push(...portOrName(child(path, 'port'), port));
  if (endPort === undefined) return errors;
  if (endPort < port) errors.push(invalid(at, endPort, 'must be greater than or equal to `port`'));
  return [...errors, ...invalidEach(at, endPort, isPortNumber(endPort))];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string, leniency: Leniency): FieldError[] {
  const errors: FieldError[] = [];
  if (podSelector) errors.push(...validateLabelSelector(podSelector, child(path, 'podSelector'), leniency));
  if (namespaceSelector) errors.push(...validateLabelSelector(namespaceSelector, child(path, 'namespaceSelector'), leniency));
  if (ipBlock) errors.push(...validateBlock(ipBlock, child(path, 'ipBlock'), leniency));
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, 'must specify a peer'));
  else if (ipBlock && (podSelector || namespaceSelector)) errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  return errors;
}

function validateBlock({ cidr, except }: IPBlock, path: string, { knownCidrs }: Leniency): FieldError[] {
  if (!cidr) return [required(child(path, 'cidr'))];
  const errors = validateLegacyCidr(child(path, 'cidr'), cidr, knownCidrs);
  const block = parseCidr(cidr);
  if (!block) return errors;
  for (const [i, text] of (except ?? []).entries()) {
    const at = index(child(path, 'except'), i);
    errors.push(...validateLegacyCidr(at, text, knownCidrs));
    const hole = parseCidr(text);
    if (hole && (!cidrHas(block, hole.address) || block.bits >= hole.bits)) errors.push(invalid(at, text, 'must be a strict subset of `cidr`'));
  }
  return errors;
}
