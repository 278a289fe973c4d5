import type { CertificateSigningRequest } from '#api/types/certificates-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { humanDuration } from '../../machinery/duration.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { nameIsPathSegment } from '../../machinery/names.ts';
import { prepareRequestStatus } from './strategy.ts';
import { validateNewRequest, validateRequestUpdate } from './validation.ts';
import { rfc3339 } from '#lib';

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
  hasGeneration: false,
  // It does not matter what requests are called.
  validateName: nameIsPathSegment,
  validate: (request) => (isUpdate(request) ? [] : validateNewRequest(request)),
  validateUpdate: (request, old) => validateRequestUpdate(request, old, 'spec'),
  revalidatesMetadata: true,
  selectableFields: {
    'spec.signerName': ({ spec }) => spec.signerName,
  },
  prepareForCreate: (request, { user }) => {
    // Who asks is not for the asker to say.
    const { username, uid, groups, extra } = user;
    request.spec = { ...request.spec, username, uid, groups, extra };
    request.status = {};
  },
  prepareForUpdate: (request, old) => {
    request.spec = old.spec;
    if (old.status === undefined) delete request.status;
    else request.status = old.status;
  },
  columns: [
    nameColumn(),
    ageColumn(),
    column('SignerName', 'string', 'CertificateSigningRequestSpec.signerName', ({ spec }) => spec.signerName || '<none>'),
    column('Requestor', 'string', 'CertificateSigningRequestSpec.request', ({ spec }) => spec.username ?? ''),
    column('RequestedDuration', 'string', 'CertificateSigningRequestSpec.expirationSeconds', ({ spec }) =>
      spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    ),
    column('Condition', 'string', 'CertificateSigningRequestStatus.conditions', conditionText),
  ],
  subresources: {
    status: {
      prepareForUpdate: (request, old, { clock }) => prepareRequestStatus(request, old, rfc3339(clock.now())),
      validateUpdate: (request, old) => validateRequestUpdate(request, old, 'status'),
    },
    special: {
      approval: { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
    },
  },
});

/** `Approved,Issued`; denial outweighs approval. */
function conditionText({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some((condition) => condition.type === type) ?? false;
  const texts = [has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'];
  if (has('Failed')) texts.push('Failed');
  if (status?.certificate) texts.push('Issued');
  return texts.join(',');
}
