import { apiFacts, apiVersionOf, newBadRequest, type StatusError } from '#api';
import type { BodyType } from './decode-body.ts';

/** Where upstream made the scheme that knows the kind, as its messages name it. */
const SCHEME = 'pkg/api/legacyscheme/scheme.go:30';
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['apiextensions.k8s.io', 'pkg/apiserver/apiserver.go:53'],
  ['apiregistration.k8s.io', 'pkg/apiserver/scheme/scheme.go:30'],
]);
/** What every scheme knows. */
const OF_ALL = 'v1';
const KINDS_OF_ALL = new Set(
  'Status APIVersions APIGroup APIGroupList APIResourceList WatchEvent ListOptions GetOptions DeleteOptions CreateOptions UpdateOptions PatchOptions'.split(
    ' ',
  ),
);
/** Versions that are known still, but not served any more. */
const FORMER: ReadonlyMap<string, readonly string[]> = new Map([
  ['apiextensions.k8s.io/v1beta1', ['CustomResourceDefinition', 'CustomResourceDefinitionList', 'ConversionReview']],
  ['apiregistration.k8s.io/v1beta1', ['APIService', 'APIServiceList']],
]);

/** The refusal of a body that calls itself something else than what is expected; its cause says the bare reason. */
export function wrongKind(type: BodyType, apiVersion: string, kind: string): StatusError {
  const expected = apiVersionOf(type);
  const reason = reasonOf(type, apiVersion, kind);
  if (reason === undefined) return newBadRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`);
  const [version] = split(apiVersion);
  return newBadRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${type.kind}: ${reason}`, { cause: new Error(reason) });
}

/** Why the one kind cannot be made of the other; undefined where only the version is another. */
function reasonOf(type: BodyType, apiVersion: string, kind: string): string | undefined {
  const [version] = split(apiVersion);
  const scheme = SCHEMES.get(type.group) ?? SCHEME;
  if (!isRegistered(scheme, apiVersion, kind)) {
    return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme ${JSON.stringify(scheme)}`;
  }
  if (kind === type.kind) return undefined;
  return `converting (${version}.${kind}) to (${internalPackage(type)}.${type.kind}): unknown conversion`;
}

function isRegistered(scheme: string, apiVersion: string, kind: string): boolean {
  const [version, group] = split(apiVersion);
  if (apiVersion === OF_ALL && KINDS_OF_ALL.has(kind)) return true;
  if ((SCHEMES.get(group) ?? SCHEME) !== scheme) return false;
  const known = apiFacts()[`${folderOf(group)}/${version}`]?.kinds;
  return (known && Object.hasOwn(known, kind)) || FORMER.get(apiVersion)?.includes(kind) === true;
}

function split(apiVersion: string): [version: string, group: string] {
  const slash = apiVersion.indexOf('/');
  return [apiVersion.slice(slash + 1), slash < 0 ? '' : apiVersion.slice(0, slash)];
}
/** The folder of a group's types. */
function folderOf(group: string): string {
  if (group === 'internal.apiserver.k8s.io') return 'apiserverinternal';
  return group === '' ? 'core' : (group.split('.')[0] as string);
}
/** The package of the type that all versions of a kind are converted to. */
function internalPackage({ group, kind }: BodyType): string {
  if (kind === 'DeleteOptions') return 'v1';
  return folderOf(kind === 'Event' ? '' : group);
}
