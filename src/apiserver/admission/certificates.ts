import { CertificateRequestError, jsonEqual, type JsonValue, parseCertificateRequest } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { CertificateSigningRequest } from '#api/types/certificates-v1';
import type { Authorization } from '../authz/index.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../contract.ts';
import { refuse } from './refuse.ts';

const API_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const MASTERS = 'system:masters';

/** Requests are approved by those who may approve for their signer; follows plugin/pkg/admission/certificates/approval. */
export function createCertificateApproval(authorization: Authorization): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    validate(request) {
      if (!isFor(request, 'approval') || request.operation !== 'UPDATE') return undefined;
      // The stored signer counts: an approval cannot change it.
      return requireSigner(authorization, request, 'approve');
    },
  };
}

/** Certificates are issued, and requests failed, by those who may sign for the signer; follows plugin/pkg/admission/certificates/signing. */
export function createCertificateSigning(authorization: Authorization): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    validate(request) {
      if (!isFor(request, 'status') || request.operation !== 'UPDATE') return undefined;
      const [status, old] = [request.object, request.oldObject].map((each) => (each as CertificateSigningRequest).status);
      const isSame = status?.certificate === old?.certificate && jsonEqual(plain(status?.conditions), plain(old?.conditions));
      return isSame ? undefined : requireSigner(authorization, request, 'sign');
    },
  };
}

/** Nobody gets a certificate for the group that may do everything; follows plugin/pkg/admission/certificates/subjectrestriction. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(request) {
    if (!isFor(request, '') || request.operation !== 'CREATE') return;
    const { signerName, request: encoded } = (request.object as CertificateSigningRequest).spec;
    if (signerName !== API_CLIENT_SIGNER) return;
    if (organizationsOf(request, encoded).includes(MASTERS)) {
      throw refuse(request, `use of ${API_CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`);
    }
  },
};

function organizationsOf(request: AdmissionRequest, encoded: string): readonly string[] {
  try {
    return parseCertificateRequest(Buffer.from(encoded, 'base64').toString()).organizations;
  } catch (error) {
    if (!(error instanceof CertificateRequestError)) throw error;
    throw refuse(request, `failed to parse CSR: ${error.message}`);
  }
}

function isFor({ resource, subresource }: AdmissionRequest, wanted: string): boolean {
  return resource.plural === 'certificatesigningrequests' && resource.group === 'certificates.k8s.io' && subresource === wanted;
}

async function requireSigner(authorization: Authorization, request: AdmissionRequest, verb: 'approve' | 'sign'): Promise<void> {
  const { signerName } = (request.oldObject as CertificateSigningRequest).spec;
  // The signer itself, or all of its domain.
  for (const name of [signerName, `${signerName.split('/')[0]}/*`]) {
    if (await mayUseSigner(authorization, request.user, verb, name)) return;
  }
  throw refuse(request, `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`);
}

async function mayUseSigner(authorization: Authorization, user: UserInfo, verb: string, name: string): Promise<boolean> {
  const { decision } = await authorization.authorize({
    user,
    verb,
    isResourceRequest: true,
    apiGroup: 'certificates.k8s.io',
    apiVersion: '*',
    resource: 'signers',
    subresource: '',
    namespace: '',
    name,
    path: '',
  });
  return decision === 'allow';
}

function plain(value: unknown): JsonValue {
  return (value ?? []) as JsonValue;
}
