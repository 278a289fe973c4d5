import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, isStatus, type KubeObject, newConflict, resourceQuotas } from '#api';
import type { ResourceQuota } from '#api/types/core-v1';
import { FakeClock, type Random, seededRandom } from '#lib';
import type { AdmissionRequest } from '../../contract.ts';
import { createFakeReader } from '../../testing/fake-reader.ts';
import { createResourceQuota } from './resource-quota.ts';

type Quota = ResourceQuota & KubeObject;

const LIMIT = 6;
const COUNTING = { username: 'system:serviceaccount:kube-system:resourcequota-controller' };

/** A datastore whose changes the cache shows later, and clients that create, fail, delete and count, each step at a time that chance picks. */
class World {
  readonly #random: Random;
  readonly #reader = createFakeReader();
  readonly #plugin;
  #revision = 10;
  /** What is durable. */
  readonly #stored = new Map<string, KubeObject>();
  #quota: Quota;
  /** Changes that the cache does not show yet, in order. */
  readonly #unseen: (() => void)[] = [];
  readonly #waiting: { revision: number; resolve: () => void }[] = [];
  #shown = 10;
  most = 0;
  admitted = 0;
  refused = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#quota = { metadata: { name: 'q', namespace: 'n', uid: 'q', resourceVersion: '10' }, spec: { hard: { configmaps: String(LIMIT) } } };
    this.#quota = { ...this.#quota, status: { hard: { configmaps: String(LIMIT) }, used: { configmaps: '0' } } };
    this.#reader.put(resourceQuotas, this.#quota);
    const reader = { ...this.#reader, settled: () => this.#settled() };
    this.#plugin = createResourceQuota({ reader, clock: new FakeClock(), isServed: () => true, updateStatus: (quota) => this.#writeQuota(quota) });
  }

  /** Lets others run, for a number of turns that chance picks. */
  async pause(): Promise<void> {
    for (let turns = this.pick(8); turns >= 0; turns--) await Promise.resolve();
  }
  pick(n: number): number {
    return Math.floor(this.#random.number() * n);
  }

  async create(name: string, succeeds: boolean): Promise<void> {
    const object: KubeObject = { metadata: { name, namespace: 'n', uid: name } };
    let finish: ((isStored: boolean) => void) | undefined;
    try {
      await this.#plugin.validate?.({ ...request('CREATE', object), afterwards: (run) => (finish = run) });
    } catch (error) {
      if (!isStatus(error, 'Forbidden')) throw error;
      this.refused++;
      return;
    }
    this.admitted++;
    await this.pause();
    if (succeeds) {
      this.#stored.set(name, object);
      this.most = Math.max(this.most, this.#stored.size);
      this.#change(() => this.#reader.put(configMaps, object));
    }
    await this.pause();
    finish?.(succeeds);
  }

  async deleteOne(): Promise<void> {
    await this.pause();
    const [name] = this.#stored.keys();
    if (name === undefined) return;
    this.#stored.delete(name);
    this.#change(() => this.#reader.remove(configMaps, { namespace: 'n', name }));
  }

  /** What the controller does: counts what the cache shows and writes that, if the quota is still as it was; tells whether it was. */
  async count(): Promise<boolean> {
    const seen = this.#reader.get(resourceQuotas, { namespace: 'n', name: 'q' }) as Quota;
    const used = { configmaps: String([...this.#reader.list(configMaps, 'n')].length) };
    await this.pause();
    const object: Quota = { ...seen, status: { hard: seen.spec?.hard, used } };
    await this.#plugin.admit?.({ ...request('UPDATE', object), resource: resourceQuotas, subresource: 'status', user: COUNTING });
    await this.pause();
    try {
      await this.#writeQuota(object);
      return true;
    } catch (error) {
      if (!isStatus(error, 'Conflict')) throw error;
      return false;
    }
  }

  /** Shows the cache the next change. */
  show(): void {
    this.#unseen.shift()?.();
  }
  get isShown(): boolean {
    return this.#unseen.length === 0;
  }
  get used(): number {
    return Number(this.#quota.status?.used?.['configmaps']);
  }
  get size(): number {
    return this.#stored.size;
  }

  async #writeQuota(quota: Quota): Promise<Quota> {
    await this.pause();
    if (quota.metadata.resourceVersion !== this.#quota.metadata.resourceVersion) throw newConflict(resourceQuotas, 'q', 'changed');
    const stored: Quota = { ...quota, metadata: { ...quota.metadata, resourceVersion: String(this.#revision + 1) } };
    this.#quota = stored;
    this.#change(() => this.#reader.put(resourceQuotas, stored));
    await this.pause();
    return stored;
  }
  #change(show: () => void): void {
    const revision = ++this.#revision;
    this.#unseen.push(() => {
      show();
      this.#shown = revision;
      for (const each of this.#waiting.splice(0)) {
        if (each.revision <= revision) each.resolve();
        else this.#waiting.push(each);
      }
    });
  }
  #settled(): Promise<void> {
    const revision = this.#revision;
    if (this.#shown >= revision) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ revision, resolve }));
  }
}

function request(operation: 'CREATE' | 'UPDATE', object: KubeObject): AdmissionRequest {
  const name = object.metadata.name ?? '';
  return { operation, resource: configMaps, subresource: '', namespace: 'n', name, user: { username: 'u' }, isDryRun: false, warn: () => {}, object };
}

test('whatever happens in whatever order, a quota is never exceeded, and is right in the end', async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const world = new World(seed);
    const running: Promise<unknown>[] = [];
    for (let step = 0; step < 60; step++) {
      const what = world.pick(10);
      if (what < 5) running.push(world.create(`c${step}`, world.pick(4) > 0));
      else if (what < 6) running.push(world.deleteOne());
      else running.push(world.count());
      for (let shown = world.pick(5); shown > 0; shown--) world.show();
      await world.pause();
    }
    let isDone = false;
    const all = Promise.all(running).then(() => (isDone = true));
    while (!isDone || !world.isShown) {
      world.show();
      await world.pause();
    }
    await all;
    // The last deletion is told, and the controller counts, again when it lost a race.
    let isCounted = false;
    while (!isCounted) {
      await drain(world);
      isCounted = await world.count();
    }
    assert.ok(world.most <= LIMIT, `seed ${seed}: ${world.most} at once`);
    assert.equal(world.used, world.size, `seed ${seed}`);
    assert.ok(world.admitted > 0, `seed ${seed}: nobody was admitted`);
  }
});

/** Shows the cache everything, until nobody changes anything any more. */
async function drain(world: World): Promise<void> {
  for (let quiet = 0; quiet < 50; quiet++) {
    world.show();
    await world.pause();
  }
}
