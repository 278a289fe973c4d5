import { type BaseOptions, baseChainNames, baseRules, PROXY_TABLE } from './base-rules.ts';
import { emptyRules, type Family, type MapName, type OwnedRules } from './plan.ts';

/** Chains and sets that are in the kernel already, left by an earlier start. */
export interface Leftovers {
  readonly chains: readonly string[];
  readonly sets: readonly string[];
}

/** Which owner's value an element has: when two Services claim one address and port, the first that came keeps it. */
type Claims = Map<string, Map<string, string>>;

const MAPS: readonly MapName[] = [
  'service-ips',
  'node-ports',
  'no-endpoint-ips',
  'no-endpoint-ports',
  'firewall-ips',
  'host-ports',
  'host-ip-ports',
  'hairpin',
];

/**
 * What the table of one family should hold, and the nft script of each change to it. A script is one transaction: packets meet the
 * rules before it or after it, never between. Ownership: one `OwnedRules` per owner key; `set` replaces it.
 */
export class Ruleset {
  readonly #base: BaseOptions;
  readonly #owned = new Map<string, OwnedRules>();
  readonly #claims = new Map<MapName, Claims>(MAPS.map((map) => [map, new Map()]));

  constructor(base: BaseOptions) {
    this.#base = base;
  }
  get family(): Family {
    return this.#base.family;
  }
  get owners(): IterableIterator<string> {
    return this.#owned.keys();
  }
  /** What all owners have now. */
  all(): OwnedRules[] {
    return [...this.#owned.values()];
  }
  rulesOf(owner: string): OwnedRules | undefined {
    return this.#owned.get(owner);
  }

  /** Takes over what the owners have now (undefined: gone) and returns the script that brings the kernel there; '' when nothing changed. */
  change(changes: ReadonlyMap<string, OwnedRules | undefined>): string {
    const script = new Script(this.family);
    const touched = new Map<MapName, Map<string, string | undefined>>();
    for (const [owner, next] of changes) {
      const old = this.#owned.get(owner) ?? emptyRules();
      this.#claim(owner, old, next, touched);
      script.replaceChains(old, next ?? emptyRules());
      if (next && next.chains.size + next.elements.size > 0) this.#owned.set(owner, next);
      else this.#owned.delete(owner);
    }
    for (const [map, keys] of touched) {
      for (const [key, before] of keys) script.changeElement(map, key, before, this.#valueOf(map, key));
    }
    return script.text();
  }

  /** The script that makes the kernel hold exactly this, whatever an earlier start left there; clients keep their session affinity. */
  rebuild(leftovers: Leftovers): string {
    const script = new Script(this.family);
    const baseChains = baseChainNames(this.#base);
    const wantedChains = new Set([...this.#owned.values()].flatMap((rules) => [...rules.chains.keys()]));
    const wantedSets = new Set([...this.#owned.values()].flatMap((rules) => [...rules.affinitySets.keys()]));
    for (const map of MAPS) script.flushElements(map);
    for (const chain of leftovers.chains) if (!baseChains.has(chain) && !wantedChains.has(chain)) script.removeChain(chain);
    for (const set of leftovers.sets) if (!MAPS.includes(set as MapName) && !wantedSets.has(set)) script.removeSet(set);
    for (const rules of this.#owned.values()) script.replaceChains(emptyRules(), rules);
    for (const [map, claims] of this.#claims) for (const key of claims.keys()) script.changeElement(map, key, undefined, this.#valueOf(map, key));
    return baseRules(this.#base) + script.text();
  }

  #claim(owner: string, old: OwnedRules, next: OwnedRules | undefined, touched: Map<MapName, Map<string, string | undefined>>): void {
    const touch = (map: MapName, key: string) => {
      let keys = touched.get(map);
      if (!keys) touched.set(map, (keys = new Map()));
      if (!keys.has(key)) keys.set(key, this.#valueOf(map, key));
    };
    for (const [map, elements] of old.elements) {
      for (const key of elements.keys()) {
        if (next?.elements.get(map)?.has(key)) continue;
        touch(map, key);
        const claims = this.#claims.get(map)?.get(key);
        claims?.delete(owner);
        if (claims?.size === 0) this.#claims.get(map)?.delete(key);
      }
    }
    for (const [map, elements] of next?.elements ?? []) {
      for (const [key, value] of elements) {
        if (old.elements.get(map)?.get(key) === value) continue;
        touch(map, key);
        const claims = this.#claims.get(map)?.get(key);
        if (claims) claims.set(owner, value);
        else this.#claims.get(map)?.set(key, new Map([[owner, value]]));
      }
    }
  }

  #valueOf(map: MapName, key: string): string | undefined {
    return this.#claims.get(map)?.get(key)?.values().next().value;
  }
}

/** Collects commands and puts them in the one order that never refers to what is not there. */
class Script {
  readonly #target: string;
  readonly #family: Family;
  readonly #addedSets: string[] = [];
  readonly #addedChains: string[] = [];
  readonly #flushed: string[] = [];
  readonly #deletedElements = new Map<MapName, string[]>();
  readonly #rules: string[] = [];
  readonly #addedElements = new Map<MapName, string[]>();
  readonly #deletedChains: string[] = [];
  readonly #deletedSets: string[] = [];

  constructor(family: Family) {
    this.#family = family;
    this.#target = `${family} ${PROXY_TABLE}`;
  }

  replaceChains(old: OwnedRules, next: OwnedRules): void {
    const type = this.#family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
    for (const [set, seconds] of next.affinitySets) {
      if (!old.affinitySets.has(set)) this.#addedSets.push(`add set ${this.#target} ${set} { type ${type}; flags dynamic,timeout; timeout ${seconds}s; }`);
    }
    for (const [chain, rules] of next.chains) {
      const before = old.chains.get(chain);
      if (before && equal(before, rules)) continue;
      if (!before) this.#addedChains.push(`add chain ${this.#target} ${chain}`);
      this.#flushed.push(`flush chain ${this.#target} ${chain}`);
      for (const rule of rules) this.#rules.push(`add rule ${this.#target} ${chain} ${rule}`);
    }
    for (const chain of old.chains.keys()) if (!next.chains.has(chain)) this.removeChain(chain);
    for (const set of old.affinitySets.keys()) if (!next.affinitySets.has(set)) this.removeSet(set);
  }

  changeElement(map: MapName, key: string, before: string | undefined, after: string | undefined): void {
    if (before === after) return;
    if (before !== undefined) push(this.#deletedElements, map, key);
    if (after !== undefined) push(this.#addedElements, map, after ? `${key} : ${after}` : key);
  }
  flushElements(map: MapName): void {
    this.#flushed.push(`flush ${map === 'hairpin' ? 'set' : 'map'} ${this.#target} ${map}`);
  }
  removeChain(chain: string): void {
    this.#flushed.push(`flush chain ${this.#target} ${chain}`);
    this.#deletedChains.push(`delete chain ${this.#target} ${chain}`);
  }
  removeSet(set: string): void {
    this.#deletedSets.push(`delete set ${this.#target} ${set}`);
  }

  text(): string {
    const elements = (verb: string, list: Map<MapName, string[]>) =>
      [...list].map(([map, keys]) => `${verb} element ${this.#target} ${map} { ${keys.join(', ')} }`);
    const lines = [
      ...this.#addedSets,
      ...this.#addedChains,
      ...elements('delete', this.#deletedElements),
      ...this.#flushed,
      ...this.#rules,
      ...elements('add', this.#addedElements),
      ...this.#deletedChains,
      ...this.#deletedSets,
    ];
    return lines.length > 0 ? `${lines.join('\n')}\n` : '';
  }
}

function push<K>(map: Map<K, string[]>, key: K, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((rule, index) => rule === b[index]);
}
