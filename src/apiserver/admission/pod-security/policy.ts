import { type FieldError, invalid, key } from '#api';

export const LATEST = 'latest';

export type Level = 'privileged' | 'baseline' | 'restricted';
export interface LevelVersion {
  readonly level: Level;
  /** A minor version of Kubernetes. */
  readonly version: number | typeof LATEST;
}
/** What is asked of the Pods of a namespace. */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

/** Levels from the least to the most strict. */
const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];
const PREFIX = 'pod-security.kubernetes.io/';
const MODES = ['enforce', 'audit', 'warn'] as const;

export const PRIVILEGED: LevelVersion = Object.freeze({ level: 'privileged', version: LATEST });
/** Where nothing is configured everything is allowed. */
export const DEFAULT_POLICY: Policy = Object.freeze({ enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED });

/** `restricted:v1.25`, `baseline:latest` */
export function formatLevelVersion({ level, version }: LevelVersion): string {
  return `${level}:${version === LATEST ? LATEST : `v1.${version}`}`;
}
export function isSameLevelVersion(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version;
}
/** Whether the two mean the same: nothing is asked in any version of `privileged`. */
function isEquivalent(a: LevelVersion, b: LevelVersion): boolean {
  return isSameLevelVersion(a, b) || (a.level === 'privileged' && b.level === 'privileged');
}
/** What a policy asks for beyond `defaults`: `enforce=baseline:latest, warn=restricted:latest`; '' when that is nothing. */
export function askedBeyond(policy: Policy, defaults: Policy): string {
  if (MODES.every((mode) => isEquivalent(policy[mode], defaults[mode]))) return '';
  return MODES.filter((mode) => policy[mode].level !== 'privileged')
    .map((mode) => `${mode}=${formatLevelVersion(policy[mode])}`)
    .join(', ');
}
/** Negative when `a` asks for less than `b`. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

/** A level's name, undefined when there is none such. */
export function parseLevel(text: string): Level | undefined {
  return LEVELS.find((level) => level === text);
}
/** `latest` or `v1.x`; undefined when it is neither. */
export function parseVersion(text: string): number | typeof LATEST | undefined {
  if (text === LATEST) return LATEST;
  const match = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(text);
  return match ? Number(match[1]) : undefined;
}

const LABELS = MODES.map((mode) => ({ mode, levelLabel: PREFIX + mode, versionLabel: `${PREFIX}${mode}-version` }));

/** The policy that a namespace's labels ask for; what they do not say is the default, what is wrong in them counts as strict for enforce and as nothing for the others. */
export function policyOf(labels: Readonly<Record<string, string>> | undefined, defaults: Policy): { policy: Policy; errors: FieldError[] } {
  let policy = defaults;
  const errors: FieldError[] = [];
  if (!labels) return { policy, errors };
  for (const { mode, levelLabel, versionLabel } of LABELS) {
    const level = labels[levelLabel];
    if (level !== undefined) {
      const known = parseLevel(level);
      if (!known) errors.push(labelError(mode, level, `must be one of ${LEVELS.join(', ')}`));
      policy = { ...policy, [mode]: { ...policy[mode], level: known ?? (mode === 'enforce' ? 'restricted' : 'privileged') } };
    }
    const version = labels[versionLabel];
    if (version !== undefined) {
      const known = parseVersion(version);
      if (known === undefined) errors.push(labelError(`${mode}-version`, version, 'must be "latest" or "v1.x"'));
      policy = { ...policy, [mode]: { ...policy[mode], version: known ?? LATEST } };
    }
  }
  return { policy, errors };
}

function labelError(label: string, value: string, message: string): FieldError {
  return invalid(key('metadata.labels', PREFIX + label), value, message);
}
