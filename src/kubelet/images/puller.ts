/** Makes sure that a container's image is here: pull policy, credentials, back-off and events of pkg/kubelet/images/image_manager.go. */
import type { Pod, Secret } from '#api/types/core-v1';
import type { EventRecorder } from '#client';
import type { Clock } from '#lib';
import { createBackoff } from '../backoff.ts';
import type { CriClient } from '../cri/cri-client.ts';
import type { Image } from '../cri/messages.ts';
import type { AnyContainer } from '../pod-worker/labels.ts';
import { containerReference } from '../pod-worker/references.ts';
import { imageNameProblem, parseImageName } from './image-names.ts';
import { credentialsFor } from './registry-auth.ts';

export type ImageResult =
  | { readonly image: Image }
  /** The reason and message for the container's waiting state; `retryAfterMs` until it may change. */
  | {
      readonly reason: 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName' | 'ImageInspectError';
      readonly message: string;
      readonly retryAfterMs: number;
    };

export interface ImagePuller {
  ensure(pod: Pod, container: AnyContainer, signal: AbortSignal): Promise<ImageResult>;
  forget(podUid: string): void;
}

export interface ImagePullerOptions {
  readonly cri: CriClient;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** The pull secrets of the pod and its service account that exist. */
  pullSecrets(pod: Pod): Promise<readonly Secret[]>;
}

const BACKOFF_INITIAL_MS = 10_000;
const BACKOFF_MAX_MS = 300_000;
// After a failed pull, when the waiting reason becomes ImagePullBackOff.
const NOTICE_MS = 2000;
// Without progress the runtime gives up by itself; a pull of a big image may take its time.
const PULL_TIMEOUT_MS = 3_600_000;
// A name that is none becomes one only with another spec.
const NEVER_MS = 300_000;

/** Records an event of the container. */
type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export function createImagePuller(options: ImagePullerOptions): ImagePuller {
  const { cri, events, clock } = options;
  const backoff = createBackoff(BACKOFF_INITIAL_MS, BACKOFF_MAX_MS, clock);
  const lastFailure = new Map<string, { atMs: number; message: string }>();

  const status = async (image: string): Promise<Image | undefined> => (await cri.call('ImageStatus', { image: { image } })).image;

  return {
    async ensure(pod, container, signal) {
      const image = container.image ?? '';
      const tell: Tell = (type, reason, message) => events.event(containerReference(pod, container), type, reason, message);
      const name = parseImageName(image);
      if (!name) {
        const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${imageNameProblem(image)}`;
        tell('Warning', 'InspectFailed', message);
        return { reason: 'InvalidImageName', message, retryAfterMs: NEVER_MS };
      }
      const policy = container.imagePullPolicy ?? (name.tag === 'latest' ? 'Always' : 'IfNotPresent');
      const present = await status(image);
      if (present && policy !== 'Always') {
        tell('Normal', 'Pulled', `Container image "${image}" already present on machine`);
        return { image: present };
      }
      if (policy === 'Never') {
        const message = `Container image "${image}" is not present with pull policy of Never`;
        tell('Warning', 'ErrImageNeverPull', message);
        return { reason: 'ErrImageNeverPull', message, retryAfterMs: BACKOFF_INITIAL_MS };
      }
      return backingOff(pod, image, tell) ?? (await tryPull(pod, image, tell, signal));
    },
    forget(podUid) {
      backoff.forget(`${podUid}_`);
      for (const key of lastFailure.keys()) if (key.startsWith(`${podUid}_`)) lastFailure.delete(key);
    },
  };

  /** What a pod is told whose last pull has failed not long ago. */
  function backingOff(pod: Pod, image: string, tell: Tell): ImageResult | undefined {
    const key = keyOf(pod, image);
    const failure = lastFailure.get(key);
    const remainingMs = failure ? backoff.remainingMs(key, failure.atMs) : 0;
    if (!failure || remainingMs <= 0) return undefined;
    const message = `Back-off pulling image "${image}"`;
    tell('Normal', 'BackOff', message);
    return { reason: 'ImagePullBackOff', message: `${message}: ErrImagePull: ${failure.message}`, retryAfterMs: remainingMs };
  }

  async function tryPull(pod: Pod, image: string, tell: Tell, signal: AbortSignal): Promise<ImageResult> {
    const key = keyOf(pod, image);
    tell('Normal', 'Pulling', `Pulling image "${image}"`);
    const startedMs = clock.monotonic();
    try {
      const pulled = await pull(pod, image, signal);
      lastFailure.delete(key);
      const took = goSeconds(clock.monotonic() - startedMs);
      const size = `Image size: ${pulled.size} bytes.`;
      tell('Normal', 'Pulled', `Successfully pulled image "${image}" in ${took} (${took} including waiting). ${size}`);
      return { image: pulled };
    } catch (error) {
      if (signal.aborted) throw error;
      const message = (error as Error).message;
      tell('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
      const atMs = clock.now();
      backoff.next(key, atMs);
      lastFailure.set(key, { atMs, message });
      return { reason: 'ErrImagePull', message, retryAfterMs: NOTICE_MS };
    }
  }

  async function pull(pod: Pod, image: string, signal: AbortSignal): Promise<Image> {
    const credentials = credentialsFor(image, await options.pullSecrets(pod));
    let failure: unknown;
    for (const auth of credentials.length > 0 ? credentials : [undefined]) {
      try {
        const request = { image: { image }, ...(auth ? { auth } : {}) };
        const { imageRef } = await cri.call('PullImage', request, { timeoutMs: PULL_TIMEOUT_MS, signal });
        const pulled = (await status(image)) ?? (await status(imageRef));
        if (pulled) return pulled;
        failure = new Error(`image "${image}" was pulled but is not there`);
      } catch (error) {
        failure = error;
        if (signal.aborted) break;
      }
    }
    throw failure;
  }
}

function keyOf(pod: Pod, image: string): string {
  return `${pod.metadata.uid}_${image}`;
}

/** Go's text of a duration rounded to milliseconds: `823ms`, `1.234s`, `1m2.5s`. */
function goSeconds(ms: number): string {
  const rounded = Math.round(ms);
  if (rounded < 1000) return `${rounded}ms`;
  const minutes = Math.floor(rounded / 60_000);
  const seconds = Number(((rounded % 60_000) / 1000).toFixed(3));
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
