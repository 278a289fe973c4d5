import type { Volume, VolumeProjection } from '#api/types/core-v1';
import { goQuote } from '../../../machinery/go-text.ts';

/** What is said of volumes two of whose files have one place, or a place inside the other's. */
export function overlappingPathWarnings(volumes: readonly Volume[] | undefined): string[] {
  const warnings: string[] = [];
  for (const { name, configMap, secret, downwardAPI, projected } of volumes ?? []) {
    const check = (items: readonly Placed[] | undefined, kind: string, owner?: string): void => {
      if (items) addOverlaps(warnings, pathsOf(items), { volume: name, kind, owner });
    };
    check(configMap?.items, 'ConfigMap', configMap?.name ?? '');
    check(secret?.items, 'Secret', secret?.secretName ?? '');
    check(downwardAPI?.items, 'DownwardAPI');
    if (projected?.sources) addProjectedOverlaps(warnings, projected.sources, name);
  }
  return warnings;
}

/** Sources share one folder: each is judged by itself, and then with all that came before, in the order of their names. */
function addProjectedOverlaps(warnings: string[], sources: readonly VolumeProjection[], volume: string): void {
  const all = new Set<string>();
  for (const source of sources) {
    const place = placesOf(source);
    if (!place && isEmpty(source)) warnings.push(`volume ${goQuote(volume)} (Projected) has no sources provided`);
    if (!place) continue;
    const subject = { volume, kind: `Projected ${place.kind}`, owner: place.owner };
    addOverlaps(warnings, place.paths, subject);
    const own = new Set(place.paths);
    addOverlaps(warnings, [...own, ...all].sort(), subject);
    for (const path of own) all.add(path);
  }
}
function isEmpty(source: VolumeProjection): boolean {
  return Object.values(source).every((value) => value === undefined);
}

interface Placed {
  readonly path?: string | undefined;
}
interface Place {
  readonly paths: readonly string[];
  readonly kind: string;
  readonly owner?: string | undefined;
}
function placesOf({ configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle }: VolumeProjection): Place | undefined {
  if (configMap?.items) return { paths: pathsOf(configMap.items), kind: 'ConfigMap', owner: configMap.name ?? '' };
  if (secret?.items) return { paths: pathsOf(secret.items), kind: 'Secret', owner: secret.name ?? '' };
  if (downwardAPI?.items) return { paths: pathsOf(downwardAPI.items), kind: 'DownwardAPI' };
  if (serviceAccountToken) return { paths: [serviceAccountToken.path], kind: 'ServiceAccountToken' };
  if (!clusterTrustBundle) return undefined;
  const { name, signerName, path } = clusterTrustBundle;
  return { paths: [path], kind: 'ClusterTrustBundle', owner: name ?? signerName ?? '' };
}
function pathsOf(items: readonly Placed[]): string[] {
  return items.map(({ path }) => path ?? '');
}

interface Subject {
  readonly volume: string;
  readonly kind: string;
  readonly owner?: string | undefined;
}
function addOverlaps(warnings: string[], paths: readonly string[], { volume, kind, owner }: Subject): void {
  if (paths.length < 2) return;
  const seen: string[] = [];
  for (const each of paths) {
    const path = each.replace(/\/+$/, '');
    const other = path === '' || seen.includes('') ? undefined : seen.find((known) => isOverlap(known, path));
    if (other !== undefined) {
      const shown = owner === undefined ? kind : `${kind} ${goQuote(owner)}`;
      warnings.push(`volume ${goQuote(volume)} (${shown}): overlapping paths: ${goQuote(path)} with ${goQuote(other)}`);
    }
    seen.push(path);
  }
}
// As upstream compares: beginnings of names count as well.
function isOverlap(known: string, path: string): boolean {
  return `${known}/`.startsWith(path) || `${path}/`.startsWith(known);
}
