import { allResources, findResource, type ResourceDefinition } from '#api';

/** How requests address a kind. */
export interface ResourceAddress {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** Every kind that is served at the moment: the built-in ones, and those that clients defined. */
export class Resources {
  #list: readonly ResourceDefinition[] = allResources;
  readonly #custom = new Map<string, ResourceDefinition>();
  readonly #listeners = new Set<() => void>();
  #groups: ReadonlySet<string> | undefined;
  #builtIn: ReadonlySet<string> | undefined;

  /** All definitions; a new array whenever they change. */
  get list(): readonly ResourceDefinition[] {
    return this.#list;
  }

  /** The definition that serves a group, version and plural. */
  find(address: ResourceAddress): ResourceDefinition | undefined {
    const found = this.findStored(address);
    return found?.custom?.isServed === false ? undefined : found;
  }
  /** As `find`, but finds a custom kind's storage version even where that is not served. */
  findStored(address: ResourceAddress): ResourceDefinition | undefined {
    return findResource(address) ?? this.#custom.get(keyOf(address));
  }

  /** Whether the group is built in. */
  isBuiltInGroup(group: string): boolean {
    this.#groups ??= new Set(allResources.flatMap(groupsOf));
    return this.#groups.has(group);
  }
  /** Whether the kind is built in, whatever the version. */
  isBuiltIn({ group, plural }: Omit<ResourceAddress, 'version'>): boolean {
    this.#builtIn ??= new Set(allResources.flatMap((each) => groupsOf(each).map((own) => `${own}/${each.plural}`)));
    return this.#builtIn.has(`${group}/${plural}`);
  }

  /** Serves `added` instead of `removed`. */
  replace(removed: readonly ResourceDefinition[], added: readonly ResourceDefinition[]): void {
    if (removed.length === 0 && added.length === 0) return;
    for (const each of removed) this.#custom.delete(keyOf(each));
    for (const each of added) this.#custom.set(keyOf(each), each);
    this.#list = [...allResources, ...Array.from(this.#custom.values()).filter(({ custom }) => custom?.isServed)];
    for (const changed of this.#listeners) changed();
  }

  /** Calls back after every change; returns what ends that. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }
}

function groupsOf({ group, alsoServedAs = [] }: ResourceDefinition): string[] {
  return [group, ...alsoServedAs.map((served) => served.group)];
}
function keyOf({ group, version, plural }: ResourceAddress): string {
  return `${group}/${version}/${plural}`;
}
