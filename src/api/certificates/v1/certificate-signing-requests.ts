import type { CertificateSigningRequest } from '#api/types/certificates-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of CertificateSigningRequest. */
export const certificateSigningRequests: ResourceDefinition<CertificateSigningRequest> = defineResource<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  kind: 'CertificateSigningRequest',
  listKind: 'CertificateSigningRequestList',
  namespaced: false,
  shortNames: ['csr'],
  verbs: ALL_VERBS,
  storage: 'certificatesigningrequests',
  schema: { groupVersion: 'certificates/v1', struct: 'CertificateSigningRequest' },
  createsOnUpdate: true,
  subresources: {
    status: {},
    special: {
      approval: { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
    },
  },
});
