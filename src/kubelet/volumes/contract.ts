import type { KubeObject, ResourceType } from '#api';
import type { Pod, Volume } from '#api/types/core-v1';
import type { DownwardSource } from '../downward.ts';

/** What volumes need to know of the pod and the cluster. */
export interface VolumeContext {
  readonly pod: Pod;
  readonly downward: DownwardSource;
  /** Objects by name; undefined: there is none. Changes bring the pod's volumes up to date later. */
  object<T extends KubeObject>(type: ResourceType<T>, namespace: string | undefined, name: string): Promise<T | undefined>;
  token(request: TokenWish): Promise<string>;
  readonly nowMs: number;
}

export interface TokenWish {
  readonly audience: string | undefined;
  readonly expirationSeconds: number;
}

/** A volume that cannot be made (yet): the pod waits and FailedMount says why. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

/** A volume as containers mount it. */
export interface MountedVolume {
  readonly hostPath: string;
  readonly isReadOnly: boolean;
  /** The volume may hold files of users: subPaths in it are made with its folder's mode. */
  readonly volume: Volume;
}
