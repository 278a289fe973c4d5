import { BlockList, isIPv6 } from 'node:net';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '#api/types/networking-v1';
import { child, type FieldError, forbidden, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { isCidr } from '../../machinery/names.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';
import { invalidEach, portOrName } from '../../core/v1/pod/checks.ts';

/** What is wrong with a NetworkPolicy. */
export function validateNetworkPolicy({ spec }: NetworkPolicy): FieldError[] {
  if (!spec) return [];
  const errors = validateLabelSelector(spec.podSelector, 'spec.podSelector');
  for (const [i, { ports, from }] of (spec.ingress ?? []).entries()) errors.push(...validateRule(ports, from, index('spec.ingress', i), 'from'));
  for (const [i, { ports, to }] of (spec.egress ?? []).entries()) errors.push(...validateRule(ports, to, index('spec.egress', i), 'to'));
  const types = spec.policyTypes ?? [];
  if (types.length > 2) return [...errors, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  for (const [i, type] of types.entries()) {
    if (type !== 'Ingress' && type !== 'Egress') errors.push(notSupported(index('spec.policyTypes', i), type, ['Ingress', 'Egress']));
  }
  return errors;
}

function validateRule(
  ports: readonly NetworkPolicyPort[] | undefined,
  peers: readonly NetworkPolicyPeer[] | undefined,
  path: string,
  field: string,
): FieldError[] {
  return [
    ...(ports ?? []).flatMap((port, i) => validatePort(port, index(child(path, 'ports'), i))),
    ...(peers ?? []).flatMap((peer, i) => validatePeer(peer, index(child(path, field), i))),
  ];
}

function validatePort({ port, endPort, protocol }: NetworkPolicyPort, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const protocols = ['TCP', 'UDP', 'SCTP'];
  if (protocol !== undefined && !protocols.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, protocols));
  if (port === undefined) return endPort === undefined ? errors : [...errors, required(child(path, 'port'), 'must be specified when `endPort` is specified')];
  errors.push(...portOrName(child(path, 'port'), port));
  if (endPort === undefined) return errors;
  if (typeof port === 'string') return [...errors, invalid(child(path, 'endPort'), endPort, 'may not be specified when `port` is non-numeric')];
  if (endPort < port) errors.push(invalid(child(path, 'endPort'), port, 'must be greater than or equal to `port`'));
  return [...errors, ...portOrName(child(path, 'endPort'), endPort)];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (podSelector) errors.push(...validateLabelSelector(podSelector, child(path, 'podSelector')));
  if (namespaceSelector) errors.push(...validateLabelSelector(namespaceSelector, child(path, 'namespaceSelector')));
  if (ipBlock) errors.push(...validateBlock(ipBlock, child(path, 'ipBlock')));
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, 'must specify a peer'));
  else if (ipBlock && (podSelector || namespaceSelector)) errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  return errors;
}

function validateBlock({ cidr, except }: IPBlock, path: string): FieldError[] {
  if (!cidr) return [required(child(path, 'cidr'))];
  const errors = invalidEach(child(path, 'cidr'), cidr, isCidr(cidr));
  if (errors.length) return errors;
  for (const [i, hole] of (except ?? []).entries()) {
    const at = index(child(path, 'except'), i);
    const mistakes = invalidEach(at, hole, isCidr(hole));
    errors.push(...mistakes);
    if (mistakes.length === 0 && !isStrictSubset(hole, cidr)) errors.push(invalid(at, hole, 'must be a strict subset of `cidr`'));
  }
  return errors;
}

function isStrictSubset(inner: string, outer: string): boolean {
  const [[address, bits], [base, outerBits]] = [inner.split('/'), outer.split('/')] as [[string, string], [string, string]];
  const family = isIPv6(base) ? 'ipv6' : 'ipv4';
  if (isIPv6(address) !== (family === 'ipv6') || Number(bits) <= Number(outerBits)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(outerBits), family);
  return list.check(address, family);
}
