/** Frees disk space by removing images that no container uses, the largest that were unused longest first; pinned ones stay. */
import type { Clock, Log } from '#lib';
import type { CriClient } from '../cri/cri-client.ts';
import type { Image } from '../cri/messages.ts';
import { listPinnedImages } from './image-import.ts';

export interface ImageGcOptions {
  readonly cri: CriClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly highThresholdPercent: number;
  readonly lowThresholdPercent: number;
  /** Images that are needed whatever the containers say: the sandbox image. */
  readonly keep: readonly string[];
  /** Of the file system that holds images. */
  usage(): { readonly capacityBytes: number; readonly availableBytes: number };
}

export interface ImageGc {
  /** Removes images if the disk is fuller than the high threshold; returns the bytes freed. */
  collect(): Promise<number>;
}

// Upstream's --minimum-image-ttl-duration.
const MIN_AGE_MS = 120_000;

export function createImageGc(options: ImageGcOptions): ImageGc {
  /** When an image was first seen, and when it was last used. */
  const known = new Map<string, { firstSeenMs: number; lastUsedMs: number }>();
  return {
    async collect() {
      const { images, unused } = await survey(options, known);
      const { capacityBytes, availableBytes } = options.usage();
      const usedPercent = 100 - Math.floor((availableBytes * 100) / capacityBytes);
      if (usedPercent < options.highThresholdPercent) return 0;
      const wantedBytes = (capacityBytes * (100 - options.lowThresholdPercent)) / 100 - availableBytes;
      options.log.info('Disk is filling up; removing unused images', { usedPercent, wantedBytes, images: images.length });
      let freedBytes = 0;
      for (const image of unused) {
        if (freedBytes >= wantedBytes) break;
        await options.cri.call('RemoveImage', { image: { image: image.id } });
        known.delete(image.id ?? '');
        freedBytes += image.size ?? 0;
      }
      return freedBytes;
    },
  };
}

async function survey(options: ImageGcOptions, known: Map<string, { firstSeenMs: number; lastUsedMs: number }>): Promise<{ images: Image[]; unused: Image[] }> {
  const { cri, clock } = options;
  const [{ images }, { containers }, pinned] = await Promise.all([cri.call('ListImages', {}), cri.call('ListContainers', {}), listPinnedImages(cri.channel)]);
  const nowMs = clock.now();
  const used = new Set(containers.flatMap((container) => [container.imageRef, container.image?.image ?? '']));
  const isUsed = (image: Image) => [image.id ?? '', ...(image.repoTags ?? []), ...(image.repoDigests ?? [])].some((name) => used.has(name));
  const isPinned = (image: Image) =>
    image.pinned || [...(image.repoTags ?? []), ...(image.repoDigests ?? [])].some((name) => pinned.has(name) || options.keep.includes(name));
  for (const image of images) {
    const entry = known.get(image.id ?? '') ?? { firstSeenMs: nowMs, lastUsedMs: 0 };
    known.set(image.id ?? '', isUsed(image) ? { ...entry, lastUsedMs: nowMs } : entry);
  }
  const unused = images
    .filter((image) => !isUsed(image) && !isPinned(image) && nowMs - (known.get(image.id ?? '')?.firstSeenMs ?? nowMs) >= MIN_AGE_MS)
    .sort((a, b) => (known.get(a.id ?? '')?.lastUsedMs ?? 0) - (known.get(b.id ?? '')?.lastUsedMs ?? 0) || (b.size ?? 0) - (a.size ?? 0));
  return { images, unused };
}
