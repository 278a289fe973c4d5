import type { Clock } from '#lib';
import type { CriClient } from '../cri/cri-client.ts';
import { importArchive, pinImage } from './image-import.ts';
import { buildPauseImage } from './pause.ts';
import { PAUSE_IMAGE } from './pause-image.ts';

/** Makes sure that our own pause image is in containerd, pinned. */
export async function ensurePauseImage(cri: CriClient, socketPath: string, clock: Clock): Promise<void> {
  const isPresent = async () => (await cri.call('ImageStatus', { image: { image: PAUSE_IMAGE } })).image !== undefined;
  if (await isPresent()) return;
  await importArchive(socketPath, buildPauseImage());
  await pinImage(cri.channel, PAUSE_IMAGE);
  // CRI learns of images through an event.
  const deadline = clock.monotonic() + 10_000;
  while (!(await isPresent())) {
    if (clock.monotonic() > deadline) throw new Error(`Cannot import the pause image: containerd has it, but CRI does not show "${PAUSE_IMAGE}"`);
    await clock.sleep(5);
  }
}
