import type { CelLibrary } from '../../environment.ts';
import { fail } from '../../errors.ts';
import { celFunction, member, overload } from '../../functions.ts';
import { boolType, type CelType, intType, object, stringType } from '../../types.ts';
import { CelBoxed, type CelValue, toInt } from '../../values.ts';

const SEMVER_TYPE = object({ name: 'kubernetes.Semver' });

/** A semantic version. Build metadata does not count when versions are compared. */
export class CelSemver extends CelBoxed {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    super();
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  get type(): CelType {
    return SEMVER_TYPE;
  }

  equals(other: CelValue): boolean {
    return other instanceof CelSemver && compareVersions(this, other) === 0;
  }
}

/** Reads a version; fails with the words of github.com/blang/semver. */
function parse(text: string): CelSemver {
  if (text === '') fail('Version string empty');
  const parts = text.split('.');
  if (parts.length < 3) fail('No Major.Minor.Patch elements found');
  const [major = '', minor = ''] = parts;
  const rest = parts.slice(2).join('.');
  const plus = rest.indexOf('+');
  const build = plus < 0 ? undefined : rest.slice(plus + 1);
  const beforeBuild = plus < 0 ? rest : rest.slice(0, plus);
  const dash = beforeBuild.indexOf('-');
  const patch = dash < 0 ? beforeBuild : beforeBuild.slice(0, dash);
  const prerelease =
    dash < 0
      ? []
      : beforeBuild
          .slice(dash + 1)
          .split('.')
          .map(prereleaseOf);
  for (const part of build?.split('.') ?? []) checkBuild(part);
  return new CelSemver([numberOf('major', major), numberOf('minor', minor), numberOf('patch', patch)], prerelease);
}

function numberOf(name: 'major' | 'minor' | 'patch', text: string): bigint {
  const title = name[0]?.toUpperCase() + name.slice(1);
  if (!/^\d*$/.test(text)) fail(`Invalid character(s) found in ${name} number "${text}"`);
  if (text.length > 1 && text.startsWith('0')) fail(`${title} number must not contain leading zeroes "${text}"`);
  if (text === '') fail(`strconv.ParseUint: parsing "": invalid syntax`);
  const value = BigInt(text);
  return value >= 2n ** 64n ? fail(`strconv.ParseUint: parsing "${text}": value out of range`) : value;
}

function prereleaseOf(part: string): string {
  if (part === '') fail('Prerelease is empty');
  if (/^\d+$/.test(part) && part.length > 1 && part.startsWith('0')) fail(`Numeric PreRelease version must not contain leading zeroes "${part}"`);
  return /^[0-9A-Za-z-]+$/.test(part) ? part : fail(`Invalid character(s) found in prerelease "${part}"`);
}

function checkBuild(part: string): void {
  if (part === '') fail('Build meta data is empty');
  if (!/^[0-9A-Za-z-]+$/.test(part)) fail(`Invalid character(s) found in build meta data "${part}"`);
}

/** Without a `v` in front and leading zeros, and with the numbers that are missing. */
function normalized(text: string): string {
  const [major = '', minor, ...rest] = (text.startsWith('v') ? text.slice(1) : text).split('.');
  const given = minor === undefined ? [major] : rest.length === 0 ? [major, minor] : [major, minor, rest.join('.')];
  const parts = given.map((part) => (part.length > 1 ? part.replace(/^0+(?=\d)/, '').replace(/^0+(?!\d)/, '0') : part));
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) as string)) fail('short version cannot contain PreRelease/Build meta data');
  while (parts.length < 3) parts.push('0');
  return parts.join('.');
}

function isVersion(text: string, isNormalized: boolean): boolean {
  try {
    parse(isNormalized ? normalized(text) : text);
    return true;
  } catch {
    return false;
  }
}

function compareVersions(a: CelSemver, b: CelSemver): number {
  for (let i = 0; i < 3; i++) {
    const [left, right] = [a.numbers[i] as bigint, b.numbers[i] as bigint];
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return Math.sign(b.prerelease.length - a.prerelease.length);
  for (let i = 0; i < Math.min(a.prerelease.length, b.prerelease.length); i++) {
    const order = comparePrerelease(a.prerelease[i] as string, b.prerelease[i] as string);
    if (order !== 0) return order;
  }
  return Math.sign(a.prerelease.length - b.prerelease.length);
}

/** Numbers come before words and compare as numbers. */
function comparePrerelease(a: string, b: string): number {
  const isNumber = /^\d+$/;
  if (isNumber.test(a) !== isNumber.test(b)) return isNumber.test(a) ? -1 : 1;
  if (isNumber.test(a)) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  return a < b ? -1 : a > b ? 1 : 0;
}

function compared(a: CelValue | undefined, b: CelValue | undefined): number {
  return compareVersions(a as CelSemver, b as CelSemver);
}

const two = [SEMVER_TYPE, SEMVER_TYPE];

/** Semantic versions, as k8s.io/apiserver/pkg/cel/library/semverlib.go in version 1. */
export const SEMVER: CelLibrary = {
  name: 'kubernetes.Semver',
  types: [SEMVER_TYPE],
  functions: [
    celFunction(
      'semver',
      overload('string_to_semver', [stringType], SEMVER_TYPE, (text) => parse(text as string)),
      overload('string_bool_to_semver', [stringType, boolType], SEMVER_TYPE, (text, isNormalized) =>
        parse(isNormalized ? normalized(text as string) : (text as string)),
      ),
    ),
    celFunction(
      'isSemver',
      overload('is_semver_string', [stringType], boolType, (text) => isVersion(text as string, false)),
      overload('is_semver_string_bool', [stringType, boolType], boolType, (text, isNormalized) => isVersion(text as string, isNormalized as boolean)),
    ),
    celFunction(
      'isGreaterThan',
      member('semver_is_greater_than', two, boolType, (a, b) => compared(a, b) > 0),
    ),
    celFunction(
      'isLessThan',
      member('semver_is_less_than', two, boolType, (a, b) => compared(a, b) < 0),
    ),
    celFunction('compareTo', member('semver_compare_to', two, intType, compared)),
    ...(['major', 'minor', 'patch'] as const).map((name, i) =>
      celFunction(
        name,
        member(`semver_${name}`, [SEMVER_TYPE], intType, (version) => toInt((version as CelSemver).numbers[i] as bigint)),
      ),
    ),
  ],
};
