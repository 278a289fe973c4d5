/** What `--enable-admission-plugins` and `--disable-admission-plugins` say. */
export interface PluginSelection {
  readonly enable?: readonly string[] | undefined;
  readonly disable?: readonly string[] | undefined;
}

/** The plugins that run, of those that there are; throws an Error in upstream's words for names that it does not know and for contradictions. */
export function selectPlugins<T extends { readonly name: string; readonly isDefault?: boolean }>(
  all: readonly T[],
  { enable = [], disable = [] }: PluginSelection,
): T[] {
  const known = new Set(all.map(({ name }) => name));
  const problems = [
    ...enable.filter((name) => !known.has(name)).map((name) => `enable-admission-plugins plugin ${JSON.stringify(name)} is unknown`),
    ...disable.filter((name) => !known.has(name)).map((name) => `disable-admission-plugins plugin ${JSON.stringify(name)} is unknown`),
  ];
  const both = [...new Set(enable.filter((name) => disable.includes(name)))].sort();
  if (both.length > 0) problems.push(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`);
  if (problems.length > 0) throw new Error(problems.length > 1 ? `[${problems.join(', ')}]` : problems[0]);
  return all.filter(({ name, isDefault }) => enable.includes(name) || (isDefault && !disable.includes(name)));
}
