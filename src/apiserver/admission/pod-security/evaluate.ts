import type { Check, CheckPod, PodLike, Violation } from './check.ts';
import { allowPrivilegeEscalation } from './checks/allow-privilege-escalation.ts';
import { appArmorProfile } from './checks/app-armor-profile.ts';
import { capabilitiesBaseline } from './checks/capabilities-baseline.ts';
import { capabilitiesRestricted } from './checks/capabilities-restricted.ts';
import { hostNamespaces } from './checks/host-namespaces.ts';
import { hostPathVolumes } from './checks/host-path-volumes.ts';
import { hostPorts } from './checks/host-ports.ts';
import { hostProbesAndHostLifecycle } from './checks/host-probes-and-host-lifecycle.ts';
import { privileged } from './checks/privileged.ts';
import { procMountBaseline, procMountRestricted } from './checks/proc-mount.ts';
import { restrictedVolumes } from './checks/restricted-volumes.ts';
import { runAsNonRoot } from './checks/run-as-non-root.ts';
import { runAsUser } from './checks/run-as-user.ts';
import { seLinuxOptions } from './checks/se-linux-options.ts';
import { seccompProfileBaseline, seccompProfileRestricted } from './checks/seccomp-profile.ts';
import { sysctls } from './checks/sysctls.ts';
import { windowsHostProcess } from './checks/windows-host-process.ts';
import { LATEST, type LevelVersion } from './policy.ts';

/**
 * All checks of 1.36, the baseline's before the restricted level's and each by id: messages name violations in this order.
 * Follows staging/src/k8s.io/pod-security-admission/policy.
 */
export const ALL_CHECKS: readonly Check[] = [
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  privileged,
  procMountBaseline,
  seLinuxOptions,
  seccompProfileBaseline,
  sysctls,
  windowsHostProcess,
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfileRestricted,
];
/** From this minor version on nothing changes: policies of later ones are answered alike. */
const NEWEST = Math.max(...ALL_CHECKS.flatMap(({ versions }) => versions.map(({ since }) => since)));

const byPolicy = new Map<string, readonly CheckPod[]>();

/** What of a Pod a policy forbids; empty when it is allowed. */
export function violationsOf(policy: LevelVersion, pod: PodLike): Violation[] {
  if (policy.level === 'privileged') return [];
  return checksFor(policy).flatMap((check) => check(pod) ?? []);
}

function checksFor({ level, version }: LevelVersion): readonly CheckPod[] {
  const minor = version === LATEST ? NEWEST : Math.min(version, NEWEST);
  const key = `${level} ${minor}`;
  let checks = byPolicy.get(key);
  if (!checks) byPolicy.set(key, (checks = selectChecks(level, minor)));
  return checks;
}

function selectChecks(level: LevelVersion['level'], minor: number): CheckPod[] {
  const inForce = ALL_CHECKS.filter((check) => level === 'restricted' || check.level === 'baseline').flatMap(({ id, versions }) => {
    const found = versions.findLast(({ since }) => since <= minor);
    return found ? [{ id, ...found }] : [];
  });
  const overridden = new Set(inForce.flatMap(({ overrides }) => overrides ?? []));
  return inForce.filter(({ id }) => !overridden.has(id)).map(({ check }) => check);
}

/** `host namespaces, privileged` */
export function reasonsOf(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}
/** `host namespaces (hostNetwork=true), privileged (container "c" …)` */
export function detailsOf(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ');
}
