/**
 * Golden sessions of kubectl: a transcript is a text of commands behind `$ ` (with here-documents, as typed into bash), each followed by what it prints to
 * the terminal and, where it fails, by `[exit 1]`. Lines that begin with `# ` say what the next commands show. Every transcript has a namespace, a home and a
 * working folder of its own; `$NS` is the namespace. Output that looks like a command or a comment has a `\` before it.
 */

export interface Command {
  /** With its here-documents. */
  readonly script: string;
  readonly output: string;
  /** The comment lines before it, as they are. */
  readonly comment: string;
}

/** The commands of a transcript, in order. */
export function parseTranscript(text: string): Command[] {
  const commands: Command[] = [];
  const lines = text.split('\n');
  let comment: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    if (!line.startsWith('$ ')) {
      comment.push(line);
      at++;
      continue;
    }
    const end = endOfScript(lines, at);
    const next = lines.findIndex((each, index) => index >= end && (each.startsWith('$ ') || each.startsWith('# ')));
    const output = lines.slice(end, next < 0 ? undefined : next).join('\n');
    commands.push({ script: lines.slice(at, end).join('\n').slice(2), output: output.replace(/\n+$/, ''), comment: comment.join('\n').trim() });
    comment = [];
    at = next < 0 ? lines.length : next;
  }
  return commands;
}

/** The line behind a command: its here-documents and continued lines belong to it. */
function endOfScript(lines: readonly string[], start: number): number {
  let at = start;
  const documents: string[] = [];
  for (; ; at++) {
    const line = lines[at] ?? '';
    for (const [, word = ''] of line.matchAll(/<<-?\s*'?"?(\w+)/g)) documents.push(word);
    if (!line.endsWith('\\')) break;
  }
  at++;
  for (const word of documents) {
    while (at < lines.length && lines[at] !== word) at++;
    at++;
  }
  return at;
}

/** The text of a transcript. */
export function printTranscript(commands: readonly Command[]): string {
  const parts = commands.map(({ comment, script, output }) => [...(comment ? [`\n${comment}`] : []), `$ ${script}`, ...(output ? [output] : [])].join('\n'));
  return `${parts.join('\n').trimStart()}\n`;
}

const NORMAL: readonly [RegExp, string][] = [
  // What kubectl says on a slow machine when its own time is up before a watch has begun.
  [/^.*Unexpected watch close.*\n?/gm, ''],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<time>'],
  [/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>'],
  [/(resourceVersion"?: )"\d+"/g, '$1"<rv>"'],
  [/\b10\.43\.\d+\.\d+\b/g, '<ip>'],
  [/(?<=[\s(])(\d+[dhm])?\d{1,3}(\.\d+)?(s|ms)(?=[\s,)]|$)/gm, '<age>'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/g, '<time>'],
  [/(Resource Version: +)\d+/g, '$1<rv>'],
  [/eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g, '<token>'],
  [/(?<=\d:)3[0-2]\d{3}(?=\/)/g, '<nodePort>'],
  [/127\.0\.0\.1:\d+/g, '<server>'],
  [/(?<=\S) {3,}/g, '   '],
  [/^([IWE])\d{4} [\d:.]+ +\d+ /gm, '$1<klog> '],
  [/\bkubectl\/v[\w.-]+/g, 'kubectl/<version>'],
  [/\bX509SHA256=[0-9a-f]{64}/g, 'X509SHA256=<hash>'],
  [/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-<random>'],
  // A Pod of a ReplicaSet: the template's hash stays, the end is chance.
  [/(?<=-[bcdf-hj-np-tv-xz2-9]{8,10}-)[bcdf-hj-np-tv-xz2-9]{5}\b/g, '<pod>'],
  [/[ \t]+$/gm, ''],
  [/^(?=[#$] )/gm, '\\'],
];

/** Output with marks for what differs from run to run; columns keep three spaces between them. */
export function normaliseOutput(output: string, namespace: string, folder: string): string {
  let text = output.replaceAll(namespace, '<ns>').replaceAll(folder, '<folder>');
  for (const [pattern, replacement] of NORMAL) text = text.replace(pattern, replacement);
  return text.replace(/\n+$/, '');
}
