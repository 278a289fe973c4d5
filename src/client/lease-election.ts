import { isStatus, leases } from '#api';
import type { Lease } from '#api/types/coordination-v1';
import { type Clock, createLog, type Log, type Random, rfc3339Micro, systemClock, systemRandom } from '#lib';
import type { Client } from './contract.ts';

export interface LeaseElectionOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly name: string;
  /** Who this candidate is; unique among all. */
  readonly identity: string;
  /** No other candidate can be: leads at once, without a Lease. */
  readonly isAlone?: boolean | undefined;
  /** How long others wait after the last renewal before they take over. Default 15 s. */
  readonly leaseDurationMs?: number | undefined;
  /** How long the leader tries to renew before it steps down. Default 10 s. */
  readonly renewDeadlineMs?: number | undefined;
  /** How often is tried. Default 2 s. */
  readonly retryPeriodMs?: number | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Leadership among several processes, by a Lease object, as client-go's leaderelection. */
export interface LeaseElection {
  /**
   * Waits to be the leader, runs `lead` while it is, and waits again when leadership was lost (its signal then aborts).
   * Returns when `signal` aborts, having given the lease back.
   */
  run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void>;
  readonly isLeader: boolean;
}

export function createLeaseElection(options: LeaseElectionOptions): LeaseElection {
  return new Election(options);
}

// client-go: waiting candidates come at up to 2.2 times the retry period, so that they do not meet.
const JITTER_FACTOR = 1.2;

class Election implements LeaseElection {
  readonly #options: LeaseElectionOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  /** The lease as last seen, and when that was by our own clock: clocks of other machines are not trusted. */
  #observed: Lease | undefined;
  #observedText = '';
  #observedAtMs = 0;
  isLeader = false;

  constructor(options: LeaseElectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#log = options.log ?? createLog('client');
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2000;
  }

  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      if (!this.#options.isAlone && !(await this.#acquire(signal))) return;
      this.isLeader = true;
      const term = new AbortController();
      const stop = () => term.abort(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      const leading = lead(term.signal).finally(() => term.abort());
      try {
        if (!this.#options.isAlone) await this.#renew(term.signal);
        term.abort();
        await leading;
      } finally {
        this.isLeader = false;
        signal.removeEventListener('abort', stop);
        if (!this.#options.isAlone) await this.#release();
      }
      if (this.#options.isAlone) return;
    }
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#tryAcquireOrRenew()) {
        this.#log.info('became leader', { lease: this.#options.name });
        return true;
      }
      await this.#sleep(this.#retryPeriodMs * (1 + this.#random.number() * JITTER_FACTOR), signal);
    }
    return false;
  }

  /** Renews until that failed for the whole deadline, or the term ends. */
  async #renew(term: AbortSignal): Promise<void> {
    let renewedMs = this.#clock.monotonic();
    while (!term.aborted) {
      await this.#sleep(this.#retryPeriodMs, term);
      if (term.aborted) return;
      if (await this.#tryAcquireOrRenew()) renewedMs = this.#clock.monotonic();
      else if (this.#clock.monotonic() - renewedMs >= this.#renewDeadlineMs) {
        this.#log.warning('lost the leadership: the lease could not be renewed', { lease: this.#options.name });
        return;
      }
    }
  }

  async #tryAcquireOrRenew(): Promise<boolean> {
    try {
      return await this.#claim();
    } catch (error) {
      this.#log.debug('the lease could not be claimed', { lease: this.#options.name, err: error });
      return false;
    }
  }

  async #claim(): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    const now = rfc3339Micro(this.#clock.now());
    const leaseDurationSeconds = Math.round(this.#leaseDurationMs / 1000);
    let current: Lease;
    try {
      current = await client.get(leases, { namespace, name });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
      const spec = { holderIdentity: identity, leaseDurationSeconds, acquireTime: now, renewTime: now, leaseTransitions: 0 };
      this.#observe(await client.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec }));
      return true;
    }
    this.#observe(current);
    const { spec } = current;
    const isOurs = spec?.holderIdentity === identity;
    const isHeld = Boolean(spec?.holderIdentity) && this.#clock.monotonic() < this.#observedAtMs + this.#leaseDurationMs;
    if (isHeld && !isOurs) return false;
    const acquired = isOurs
      ? { acquireTime: spec?.acquireTime, leaseTransitions: spec?.leaseTransitions }
      : { acquireTime: now, leaseTransitions: (spec?.leaseTransitions ?? 0) + 1 };
    this.#observe(await client.update(leases, { ...current, spec: { holderIdentity: identity, leaseDurationSeconds, renewTime: now, ...acquired } }));
    return true;
  }

  #observe(lease: Lease): void {
    const text = JSON.stringify(lease.spec);
    if (text !== this.#observedText) this.#observedAtMs = this.#clock.monotonic();
    this.#observed = lease;
    this.#observedText = text;
  }

  /** Gives the lease back, so that another need not wait for its end. */
  async #release(): Promise<void> {
    const lease = this.#observed;
    if (lease?.spec?.holderIdentity !== this.#options.identity) return;
    const now = rfc3339Micro(this.#clock.now());
    const { leaseTransitions } = lease.spec;
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now, leaseTransitions };
    await this.#options.client.update(leases, { ...lease, spec }).catch(() => undefined);
    this.#observed = undefined;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal).catch(() => undefined);
  }
}
