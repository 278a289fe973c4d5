import type { UserInfo } from '#api/types/authentication-v1';
import type { Clock, Counter, Histogram, Metrics } from '#lib';
import type { Credentials, Decision } from '../contract.ts';

/** From one millisecond on, doubled. */
const SECONDS = Array.from({ length: 15 }, (_, i) => 2 ** i / 1000);
const HOUR = 3600;
const DAY = 24 * HOUR;
const LIFETIMES = [0, HOUR / 2, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 180 * DAY, 360 * DAY];
/** Who is shown by name; all others might be anybody. */
const KNOWN_USERS = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);
const RESULTS: Readonly<Record<Decision['decision'], string>> = { allow: 'allowed', deny: 'denied', 'no-opinion': 'no-opinion' };

/** Counts who was recognized and what was decided, by upstream's names. */
export class AuthenticationMetrics {
  readonly #clock: Clock;
  readonly #users: (username: string) => Counter;
  readonly #authentications: (result: string, startedMs: number, nowMs: number) => void;
  readonly #authorizations: (result: string, startedMs: number, nowMs: number) => void;
  readonly #decisions: (authorizer: string, decision: string) => Counter;
  readonly #lifetimes: Histogram;

  constructor(registry: Metrics, clock: Clock) {
    this.#clock = clock;
    const users = registry.counter('authenticated_user_requests', '[ALPHA] Requests whose user was recognized.', ['username']);
    this.#users = remembered((username) => users.labels(username));
    this.#authentications = this.#timed(registry, 'authentication_attempts', 'authentication_duration_seconds', 'Authentications');
    this.#authorizations = this.#timed(registry, 'authorization_attempts_total', 'authorization_duration_seconds', 'Authorizations');
    const decisions = registry.counter('apiserver_authorization_decisions_total', '[ALPHA] What authorizers decided.', ['decision', 'name', 'type']);
    this.#decisions = (authorizer, decision) => decisions.labels(decision, authorizer.toLowerCase(), authorizer);
    this.#lifetimes = registry
      .histogram(
        'apiserver_client_certificate_expiration_seconds',
        '[ALPHA] How long the client certificates of requests will be valid, in seconds.',
        LIFETIMES,
      )
      .labels();
  }

  /** A request's user was recognized; returns when that was. */
  authenticated({ certificate }: Credentials, user: UserInfo, startedMs: number): number {
    if (certificate?.notAfterMs !== undefined) this.#lifetimes.observe((certificate.notAfterMs - this.#clock.now()) / 1000);
    const nowMs = this.#clock.monotonic();
    this.#authentications('success', startedMs, nowMs);
    this.#users(compressed(user.username ?? '')).add();
    return nowMs;
  }
  /** Who showed nothing at all was not recognized; who showed something wrong is an error. */
  notAuthenticated({ certificate, bearerToken }: Credentials, startedMs: number): void {
    this.#authentications(bearerToken === undefined && !certificate ? 'failure' : 'error', startedMs, this.#clock.monotonic());
  }
  /** It was decided about a request; undefined: that failed. */
  authorized(decision: Decision | undefined, startedMs: number): void {
    this.#authorizations(decision ? RESULTS[decision.decision] : 'error', startedMs, this.#clock.monotonic());
  }
  /** One authorizer gave a clear answer. */
  decided(authorizer: string, { decision }: Decision): void {
    this.#decisions(authorizer, RESULTS[decision]).add();
  }

  #timed(registry: Metrics, total: string, duration: string, what: string): (result: string, startedMs: number, nowMs: number) => void {
    const totals = registry.counter(total, `[ALPHA] ${what} by result.`, ['result']);
    const durations = registry.histogram(duration, `[ALPHA] How long they took, in seconds: ${what} by result.`, SECONDS, ['result']);
    const childrenOf = remembered((result) => ({ total: totals.labels(result), duration: durations.labels(result) }));
    return (result, startedMs, nowMs) => {
      const children = childrenOf(result);
      children.total.add();
      children.duration.observe((nowMs - startedMs) / 1000);
    };
  }
}

/** Names that anybody may have are not shown, and do not grow what is shown. */
function compressed(username: string): string {
  if (KNOWN_USERS.has(username)) return username;
  return username.includes('@') ? 'email_id' : 'other';
}

function remembered<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    let found = known.get(key);
    if (!found) known.set(key, (found = make(key)));
    return found;
  };
}
