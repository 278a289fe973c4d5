import { runProgram } from '#lib';

/**
 * Makes a link that leads nowhere and gives it addresses and routes: `commands` are lines for `ip -batch`. What is there already stays.
 * It is a dummy device; a kernel without those has bridges at least (pods hang on one), and a bridge without ports does the same.
 */
export async function makeQuietLink(name: string, commands: readonly string[]): Promise<void> {
  let failures: string[] = [];
  for (const type of ['dummy', 'bridge']) {
    const lines = [`link add ${name} type ${type}`, `link set ${name} arp off up`, ...commands];
    // After a restart the link is there: that failure is expected, and -force goes on after it.
    const result = await runProgram('ip', ['-force', '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
    failures = result.stderr.split('\n').filter((line) => line && !/File exists|^Command failed/.test(line));
    if (!failures.some((line) => /Unknown device type|not supported/.test(line))) break;
  }
  if (failures.length > 0) throw new Error(`Cannot set up link ${name}: ${failures.join('; ')}`);
}
