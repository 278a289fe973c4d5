import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '#api/types/certificates-v1';

/** A status write leaves the approval as it was, where it does not add or remove one; `now` is RFC 3339. */
export function prepareRequestStatus(request: CertificateSigningRequest, old: CertificateSigningRequest, now: string): void {
  request.spec = old.spec;
  const before = old.status?.conditions ?? [];
  let conditions = request.status?.conditions ?? [];
  for (const type of ['Approved', 'Denied']) {
    const kept = before.filter((condition) => condition.type === type);
    if (kept.length === conditions.filter((condition) => condition.type === type).length) {
      const next = kept[Symbol.iterator]();
      conditions = conditions.map((condition) => (condition.type === type ? (next.next().value as CertificateSigningRequestCondition) : condition));
    }
  }
  request.status = { ...request.status, ...withTimes(conditions, before, now) };
}

/** An approval changes conditions only. */
export function prepareRequestApproval(request: CertificateSigningRequest, old: CertificateSigningRequest, now: string): void {
  request.spec = old.spec;
  const certificate = old.status?.certificate;
  request.status = { ...withTimes(request.status?.conditions ?? [], old.status?.conditions ?? [], now), ...(certificate ? { certificate } : {}) };
}

function withTimes(
  conditions: readonly CertificateSigningRequestCondition[],
  before: readonly CertificateSigningRequestCondition[],
  now: string,
): { conditions?: CertificateSigningRequestCondition[] } {
  if (conditions.length === 0) return {};
  const timed = conditions.map((condition) => {
    const known = before.find(({ type, status, lastTransitionTime }) => type === condition.type && status === condition.status && lastTransitionTime);
    const lastTransitionTime = condition.lastTransitionTime ?? known?.lastTransitionTime ?? now;
    return { ...condition, lastUpdateTime: condition.lastUpdateTime ?? now, lastTransitionTime };
  });
  return { conditions: timed };
}
