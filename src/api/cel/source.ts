/** One fault in an expression. `text` is the whole message as cel-go prints it, with the line and a caret. */
export interface CelIssue {
  /** From 1; -1 when the fault has no place. */
  readonly line: number;
  /** From 0, in characters. */
  readonly column: number;
  readonly message: string;
  readonly text: string;
}

/** How many issues cel-go lists before it says how many more there are. */
const MOST_ISSUES = 100;

/** An expression's text, and where its lines begin. Offsets count characters (code points), as cel-go's do. */
export class Source {
  readonly text: string;
  readonly characters: readonly string[];
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.text = text;
    this.characters = Array.from(text);
    const starts = [0];
    this.characters.forEach((character, i) => {
      if (character === '\n') starts.push(i + 1);
    });
    this.#lineStarts = starts;
  }

  /** The line (from 1) and column (from 0) of an offset. */
  locate(offset: number): { line: number; column: number } {
    let line = this.#lineStarts.length;
    while (line > 1 && (this.#lineStarts[line - 1] as number) > offset) line--;
    return { line, column: offset - (this.#lineStarts[line - 1] as number) };
  }

  #snippet(line: number): string | undefined {
    const start = this.#lineStarts[line - 1];
    if (start === undefined) return undefined;
    const next = this.#lineStarts[line];
    return this.characters.slice(start, next === undefined ? undefined : next - 1).join('');
  }

  #display(line: number, column: number, message: string): string {
    const text = `ERROR: <input>:${line}:${column + 1}: ${message}`;
    const snippet = this.#snippet(line)?.replaceAll('\t', ' ');
    return snippet === undefined ? text : `${text}\n | ${snippet}\n | ${indicator(snippet, column)}`;
  }

  /** An issue at an offset; -1 for one without a place. */
  issue(offset: number, message: string): CelIssue {
    const { line, column } = offset < 0 ? { line: -1, column: -1 } : this.locate(offset);
    // Only when it is asked for: a text may have more faults than anybody reads.
    const makeText = (): string => this.#display(line, column, message);
    return {
      line,
      column: Math.max(0, column),
      message,
      get text() {
        return makeText();
      },
    };
  }
}

/** Dots up to the column and a caret under it; wide ones under characters past ASCII. */
function indicator(snippet: string, column: number): string {
  const characters = Array.from(snippet);
  const dots = characters.slice(0, column).map((character) => (isWide(character) ? '\uff0e' : '.'));
  while (dots.length < column) dots.push('.');
  const under = characters[column];
  return dots.join('') + (under !== undefined && isWide(under) ? '\uff3e' : '^');
}

function isWide(character: string): boolean {
  return (character.codePointAt(0) as number) >= 0x80;
}

/** All issues as one text, in the order of their places, as cel-go's `Issues.String()`. */
export function formatIssues(issues: readonly CelIssue[]): string {
  const sorted = sortIssues(issues);
  const shown = sorted.slice(0, MOST_ISSUES).map((issue) => issue.text);
  if (sorted.length > MOST_ISSUES) shown.push(`${sorted.length - MOST_ISSUES} more errors were truncated`);
  return shown.join('\n');
}

/** Issues in the order of their places. */
export function sortIssues(issues: readonly CelIssue[]): CelIssue[] {
  return [...issues].sort((a, b) => a.line - b.line || a.column - b.column);
}
