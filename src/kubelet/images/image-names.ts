/** Image references as docker's distribution defines them. */
export interface ImageName {
  /** `docker.io`, `registry:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const DOMAIN = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** The parts of a reference, with docker.io's defaults; undefined when it is not one. */
export function parseImageName(text: string): ImageName | undefined {
  const [named, digest] = splitOnce(text, '@');
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  const { registry, rest } = splitRegistry(named);
  const [path, tag] = splitOnce(rest, ':');
  if ((tag !== undefined && !TAG.test(tag)) || !PATH.test(path) || !DOMAIN.test(registry)) return undefined;
  return { registry, repository: repositoryOf(registry, path), tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

/** Why a text that `parseImageName` refuses is no reference, in the words of docker's distribution. */
export function imageNameProblem(text: string): string {
  const { registry, rest } = splitRegistry(text);
  const repository = repositoryOf(registry, splitOnce(rest, ':')[0]);
  const isUpper = repository !== repository.toLowerCase();
  return isUpper ? `invalid reference format: repository name (${repository}) must be lowercase` : 'invalid reference format';
}

function splitRegistry(named: string): { registry: string; rest: string } {
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const hasDomain = first !== '' && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  if (!hasDomain) return { registry: 'docker.io', rest: named };
  return { registry: first === 'index.docker.io' ? 'docker.io' : first, rest: named.slice(slash + 1) };
}

function repositoryOf(registry: string, path: string): string {
  return registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
