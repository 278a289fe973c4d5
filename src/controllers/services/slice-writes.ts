import { endpointSlices, isStatus } from '#api';
import type { EndpointSlice } from '#api/types/discovery-v1';
import type { Client } from '#client';
import type { SlicePlan } from './slices.ts';

/** Carries out slice plans and knows whether the cache shows their results yet: planning on an older cache would make slices twice. */
export class SliceWriter {
  readonly #client: Client;
  /** Service key → slice name → the resourceVersion to wait for, or undefined for "gone". */
  readonly #awaited = new Map<string, Map<string, string | undefined>>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Whether `slices`, all that the cache has for the service, include every write made for it. */
  isShownIn(key: string, slices: readonly EndpointSlice[]): boolean {
    const awaited = this.#awaited.get(key);
    if (!awaited) return true;
    const versions = new Map(slices.map(({ metadata }) => [metadata.name ?? '', metadata.resourceVersion ?? '0']));
    for (const [name, wanted] of awaited) {
      const shown = versions.get(name);
      const isShown = wanted === undefined ? shown === undefined : shown !== undefined && BigInt(shown) >= BigInt(wanted);
      if (!isShown) return false;
    }
    this.#awaited.delete(key);
    return true;
  }
  /** Someone deleted a slice: its last write will not be shown any more. */
  sliceGone(key: string, name: string): void {
    this.#awaited.get(key)?.delete(name);
  }
  forget(key: string): void {
    this.#awaited.delete(key);
  }

  /** Makes the writes of a plan: new slices first, so that no endpoint is missing in between. */
  async write(key: string, plan: SlicePlan): Promise<void> {
    const awaited = new Map<string, string | undefined>();
    this.#awaited.set(key, awaited);
    const put = ({ metadata }: EndpointSlice): void => void awaited.set(metadata.name ?? '', metadata.resourceVersion ?? '0');
    for (const slice of plan.create) put(await this.#client.create(endpointSlices, slice));
    for (const slice of plan.update) put(await this.#client.update(endpointSlices, slice));
    for (const { metadata } of plan.remove) {
      const name = metadata.name ?? '';
      try {
        await this.#client.delete(endpointSlices, { namespace: metadata.namespace, name });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      awaited.set(name, undefined);
    }
    if (awaited.size === 0) this.#awaited.delete(key);
  }
}
