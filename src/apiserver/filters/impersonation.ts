import { newBadRequest } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { Attributes, Decision } from '../contract.ts';
import { headerValues, unescapeHeaderKey, wholeHeader } from '../listener/header-values.ts';
import type { Headers, HttpRequest } from '../listener/http-message.ts';
import { type Checked, impersonationModes, type WantedUser } from './impersonation-modes.ts';

const EXTRA_PREFIX = 'impersonate-extra-';
/** Of so many callers it is remembered how they may impersonate. */
const MAX_REMEMBERED = 10_000;

/** Decides as whom requests are made. */
export interface Impersonation {
  /**
   * Who the request is to be made as, by its Impersonate-* headers; undefined: as the caller. Throws Forbidden where the caller may not, and BadRequest
   * where the headers name nobody. `attributes` is the request as the caller's own.
   */
  userFor(request: Pick<HttpRequest, 'headers' | 'distinctHeaders'>, attributes: () => Attributes): Promise<UserInfo> | undefined;
}

/**
 * Impersonation as of 1.36: what the caller may do is tried from the narrowest (be a node or an account, for certain requests only) to the widest (be anybody,
 * for all requests). Follows k8s.io/apiserver/pkg/endpoints/filters/impersonation.
 */
export function createImpersonation(authorize: (attributes: Attributes) => Decision | Promise<Decision>): Impersonation {
  const modes = impersonationModes(authorize);
  /** By caller: the mode that worked last, which is tried first. */
  const lastModes = new Map<string, number>();
  const check = async (wanted: WantedUser, attributes: Attributes): Promise<UserInfo> => {
    const caller = attributes.user.username ?? '';
    const last = lastModes.get(caller);
    const order = modes.map((_, i) => i);
    if (last !== undefined) order.unshift(...order.splice(last, 1));
    let refusal: Extract<Checked, { refusal: unknown }>['refusal'] | undefined;
    for (const i of order) {
      const checked = await modes[i]?.(wanted, attributes);
      if (!checked) continue;
      if ('user' in checked) {
        if (last !== i) remember(lastModes, caller, i);
        return checked.user;
      }
      refusal ??= checked.refusal;
    }
    throw refusal ?? new Error('all impersonation modes failed');
  };
  return {
    userFor(request, attributes) {
      const wanted = isWished(request.headers) ? wantedUserOf(request.distinctHeaders ?? request.headers) : undefined;
      return wanted && check(wanted, attributes());
    },
  };
}

function remember(lastModes: Map<string, number>, caller: string, mode: number): void {
  lastModes.delete(caller);
  lastModes.set(caller, mode);
  if (lastModes.size <= MAX_REMEMBERED) return;
  const [oldest] = lastModes.keys();
  if (oldest !== undefined) lastModes.delete(oldest);
}

/** The user that the headers name; throws BadRequest where they say something of a user without naming one. */
function wantedUserOf(headers: Headers): WantedUser | undefined {
  const name = wholeHeader(headers, 'impersonate-user') ?? '';
  const uid = wholeHeader(headers, 'impersonate-uid') ?? '';
  const groups = headerValues(headers, 'impersonate-group');
  const extra = new Map<string, string[]>();
  for (const header of Object.keys(headers)) {
    if (!header.startsWith(EXTRA_PREFIX)) continue;
    const key = unescapeHeaderKey(header.slice(EXTRA_PREFIX.length));
    extra.set(key, [...(extra.get(key) ?? []), ...headerValues(headers, header)]);
  }
  const wanted = { name, uid, groups, extra };
  if (name) return wanted;
  if (uid || groups.length > 0 || extra.size > 0) throw newBadRequest(`requested ${printed(wanted)} without impersonating a user name`);
  return undefined;
}

/** Nearly nobody wishes anything, and all are asked. */
function isWished(headers: Headers): boolean {
  for (const header in headers) if (header.startsWith('impersonate-')) return true;
  return false;
}

/** As Go prints the user with `%#v`. */
function printed({ name, uid, groups, extra }: WantedUser): string {
  const list = (values: readonly string[]): string =>
    values.length > 0 ? `[]string{${values.map((value) => JSON.stringify(value)).join(', ')}}` : '[]string(nil)';
  const entries = Array.from(extra).sort(([a], [b]) => (a < b ? -1 : 1));
  const map = extra.size > 0 ? `{${entries.map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`).join(', ')}}` : '(nil)';
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${list(groups)}, Extra:map[string][]string${map}}`;
}
