/** Whether a kind in one of Kubernetes' own groups was approved. Follows apiextensions-apiserver/pkg/apihelpers/helpers.go. */
import type { CustomResourceDefinition } from '#api/types/apiextensions-v1';

export const APPROVED_ANNOTATION = 'api-approved.kubernetes.io';

/** A URL with a scheme and a host, as Go cuts it; URL of JavaScript finds hosts where there is none. */
const WITH_HOST = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i;

export interface Approval {
  readonly state: 'approved' | 'bypassed' | 'invalid' | 'missing';
  readonly reason: string;
}

/** Undefined for groups that belong to others. */
export function apiApproval({ metadata, spec }: CustomResourceDefinition): Approval | undefined {
  return isProtectedGroup(spec?.group ?? '') ? approvalOf(metadata.annotations) : undefined;
}
export function isProtectedGroup(group: string): boolean {
  return group === 'k8s.io' || group === 'kubernetes.io' || group.endsWith('.k8s.io') || group.endsWith('.kubernetes.io');
}
export function approvalOf(annotations: Readonly<Record<string, string>> | undefined): Approval {
  const value = annotations?.[APPROVED_ANNOTATION] ?? '';
  if (value === '')
    return {
      state: 'missing',
      reason: `protected groups must have approval annotation ${JSON.stringify(APPROVED_ANNOTATION)}, see https://github.com/kubernetes/enhancements/pull/1111`,
    };
  if (value.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${JSON.stringify(value)}` };
  if (WITH_HOST.test(value) && URL.canParse(value)) return { state: 'approved', reason: `approved in ${value}` };
  return {
    state: 'invalid',
    reason: `protected groups must have approval annotation ${JSON.stringify(APPROVED_ANNOTATION)} with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`,
  };
}
