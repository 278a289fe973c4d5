import { ALL_FIELDS, exceptFields, type FieldFilter, type FieldPattern, onlyFields, schemaOf, usualFilter } from '#api';
import type { Call } from './call.ts';

const RESOURCES: FieldPattern = { '*': { 'f:resources': true, 'f:resizePolicy': true } };
const STATUS_ALONE = exceptFields('spec', 'metadata');

/**
 * By `storage/subresource`: the endpoints whose strategy resets other fields than usual (GetResetFields and GetResetFieldsFilter of upstream's
 * pkg/registry).
 */
const FILTERS: Readonly<Record<string, FieldFilter>> = {
  'pods/status': exceptFields('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'),
  'pods/ephemeralcontainers': onlyFields({ 'f:spec': { 'f:ephemeralContainers': true } }),
  'pods/resize': onlyFields({ 'f:spec': { 'f:containers': RESOURCES, 'f:initContainers': RESOURCES } }),
  'deployments/status': exceptFields('spec', 'metadata.labels'),
  'certificatesigningrequests/': exceptFields('spec', 'status'),
  'certificatesigningrequests/status': exceptFields('spec', 'status.conditions'),
  'certificatesigningrequests/approval': exceptFields('spec', 'status.certificate'),
  'namespaces/finalize': exceptFields('status'),
  // Upstream's strategy names a group that is not there.
  'servicecidrs/': ALL_FIELDS,
  'servicecidrs/status': ALL_FIELDS,
  'flowschemas/status': STATUS_ALONE,
  'prioritylevelconfigurations/status': STATUS_ALONE,
  'resourceclaims/status': STATUS_ALONE,
  'volumeattachments/status': STATUS_ALONE,
  'validatingadmissionpolicies/status': STATUS_ALONE,
  'apiregistration.k8s.io/apiservices/status': STATUS_ALONE,
  'apiextensions.k8s.io/customresourcedefinitions/status': STATUS_ALONE,
};

const ONLY_STATUS = onlyFields({ 'f:status': true });

/** Which fields a write of this call can own. */
export function fieldFilterOf({ definition, served, subresource }: Call): FieldFilter {
  const own = FILTERS[`${definition.storage ?? ''}/${subresource}`];
  if (own) return own;
  if (subresource === '' && !definition.subresources?.status) return ALL_FIELDS;
  if (subresource === 'status' && schemaOf(served.schema).isCustom) return ONLY_STATUS;
  return usualFilter(subresource);
}
