import type { Volume, VolumeProjection } from '#api/types/core-v1';
import { goQuote } from '../../../machinery/go-text.ts';

/** What is said of volumes two of whose files have one place, or a place inside the other's. */
export function overlappingPathWarnings(volumes: readonly Volume[] | undefined): string[] {
  const warnings: string[] = [];
  for (const { name, configMap, secret, downwardAPI, projected } of volumes ?? []) {
    const check = (items: readonly Placed[] | undefined, kind: string): void => {
      if (items) addOverlaps(warnings, items, `volume ${goQuote(name)} (${kind})`);
    };
    check(configMap?.items, `ConfigMap ${goQuote(configMap?.name ?? '')}`);
    check(secret?.items, `Secret ${goQuote(secret?.secretName ?? '')}`);
    check(downwardAPI?.items, 'DownwardAPI');
    if (!projected?.sources) continue;
    const subject = `volume ${goQuote(name)} (Projected)`;
    const seen: Seen[] = [];
    for (const source of projected.sources) {
      if (isEmpty(source)) warnings.push(`${subject} has no sources provided`);
      addOverlaps(warnings, placesOf(source), subject, seen);
    }
  }
  return warnings;
}
function isEmpty(source: VolumeProjection): boolean {
  return Object.values(source).every((value) => value === undefined);
}

interface Placed {
  readonly path?: string | undefined;
  /** What puts a file there, where there are several. */
  readonly source?: string;
}
function placesOf({ configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate }: VolumeProjection): Placed[] {
  const from = (source: string, items: readonly Placed[]): Placed[] => items.map(({ path }) => ({ path, source }));
  if (configMap?.items) return from(`ConfigMap ${goQuote(configMap.name ?? '')}`, configMap.items);
  if (secret?.items) return from(`Secret ${goQuote(secret.name ?? '')}`, secret.items);
  if (downwardAPI?.items) return from('DownwardAPI', downwardAPI.items);
  if (serviceAccountToken) return from('ServiceAccountToken', [serviceAccountToken]);
  if (clusterTrustBundle) return from(`ClusterTrustBundle ${goQuote(clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '')}`, [clusterTrustBundle]);
  if (!podCertificate) return [];
  return [
    { path: podCertificate.certificateChainPath, source: 'PodCertificate chain' },
    { path: podCertificate.keyPath, source: 'PodCertificate key' },
    { path: podCertificate.credentialBundlePath, source: 'PodCertificate credential bundle' },
  ];
}

interface Seen {
  readonly path: string;
  readonly shown: string;
}
/** Each place is told with every one before that it collides with. */
function addOverlaps(warnings: string[], places: readonly Placed[], subject: string, seen: Seen[] = []): void {
  for (const { path: sent = '', source } of places) {
    const path = sent.replace(/\/+$/, '');
    if (!path) continue;
    const shown = source === undefined ? goQuote(path) : `${goQuote(path)} (${source})`;
    for (const other of seen) {
      if (isOverlap(other.path, path)) warnings.push(`${subject}: overlapping paths: ${shown} with ${other.shown}`);
    }
    seen.push({ path, shown });
  }
}
function isOverlap(known: string, path: string): boolean {
  return `${known}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${known}/`);
}
