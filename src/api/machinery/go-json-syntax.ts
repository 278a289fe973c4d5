import { goQuote } from './go-text.ts';

const END = 'unexpected end of JSON input';
const SPACE = /[ \t\r\n]/;
const ESCAPES = 'bfnrt\\/"';
const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

/** What is wrong with a text that should be JSON, as Go's encoding/json words it; empty when nothing is. */
export function goJsonSyntaxError(text: string | Uint8Array): string {
  return new Scanner(Buffer.from(text).toString('latin1')).check();
}

/** What keeps a value from being read into a Go value of that type, where only the sort of the whole can; empty when nothing does. */
export function goUnmarshalError(value: unknown, { sort, goType }: { readonly sort: 'array' | 'object'; readonly goType: string }): string {
  const found = Array.isArray(value) ? 'array' : ({ boolean: 'bool' }[typeof value as 'boolean'] ?? typeof value);
  return value === null || found === sort ? '' : `json: cannot unmarshal ${found} into Go value of type ${goType}`;
}

/** Where the scanner is: before what may come next. `after` is behind a value or a key. */
type Place = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'after';

/** Thrown to leave the scanner, with its message. */
class SyntaxFault extends Error {}

/** Go's scanner, over bytes as characters: it is the bytes that Go's messages show. */
class Scanner {
  readonly #text: string;
  #at = 0;
  #place: Place = 'value';
  /** What is open: an object behind a key or behind a value, or an array. */
  readonly #open: ('key' | 'member' | 'array')[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  check(): string {
    try {
      while (this.#skipSpace()) this.#step();
      return this.#place === 'after' && this.#open.length === 0 ? '' : END;
    } catch (error) {
      if (error instanceof SyntaxFault) return error.message;
      throw error;
    }
  }

  #step(): void {
    const character = this.#text[this.#at];
    if (this.#place === 'after') return this.#after();
    if ((this.#place === 'valueOrEnd' && character === ']') || (this.#place === 'keyOrEnd' && character === '}')) return this.#close();
    if (this.#place === 'value' || this.#place === 'valueOrEnd') return this.#value();
    if (character !== '"') this.#fail('looking for beginning of object key string');
    this.#string();
  }

  #value(): void {
    const character = this.#text[this.#at] as string;
    if (character === '{') this.#enter('key', 'keyOrEnd');
    else if (character === '[') this.#enter('array', 'valueOrEnd');
    else if (character === '"') this.#string();
    else if (/[-\d]/.test(character)) this.#number();
    else if (LITERALS[character]) this.#literal(LITERALS[character]);
    else this.#fail('looking for beginning of value');
  }

  #after(): void {
    const character = this.#text[this.#at];
    const last = this.#open.length - 1;
    switch (this.#open[last]) {
      case undefined:
        return this.#fail('after top-level value');
      case 'key':
        if (character !== ':') this.#fail('after object key');
        this.#open[last] = 'member';
        return this.#go('value');
      case 'member':
        if (character === '}') return this.#close();
        if (character !== ',') this.#fail('after object key:value pair');
        this.#open[last] = 'key';
        return this.#go('key');
      default:
        if (character === ']') return this.#close();
        if (character !== ',') this.#fail('after array element');
        return this.#go('value');
    }
  }

  #enter(what: 'key' | 'array', place: Place): void {
    this.#open.push(what);
    this.#go(place);
  }
  #close(): void {
    this.#open.pop();
    this.#go('after');
  }
  #go(place: Place): void {
    this.#at++;
    this.#place = place;
  }

  #string(): void {
    for (this.#at++; this.#next() !== '"'; this.#at++) {
      if (this.#next() < ' ') this.#fail('in string literal');
      if (this.#next() === '\\') this.#escape();
    }
    this.#go('after');
  }
  #escape(): void {
    this.#at++;
    if (ESCAPES.includes(this.#next())) return;
    if (this.#next() !== 'u') this.#fail('in string escape code');
    for (let i = 0; i < 4; i++) {
      this.#at++;
      if (!/[\da-fA-F]/.test(this.#next())) this.#fail('in \\u hexadecimal character escape');
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#next() === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[-+]/.test(this.#next())) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
    this.#place = 'after';
  }
  /** At least one. */
  #digits(context: string): void {
    if (!/\d/.test(this.#next())) this.#fail(context);
    while (/\d/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #literal(word: string): void {
    for (const expected of word) {
      if (this.#next() !== expected) this.#fail(`in literal ${word} (expecting '${expected}')`);
      this.#at++;
    }
    this.#place = 'after';
  }

  /** Whether anything comes. */
  #skipSpace(): boolean {
    while (SPACE.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#at < this.#text.length;
  }
  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new SyntaxFault(END);
    return character;
  }
  #fail(context: string): never {
    throw new SyntaxFault(`invalid character ${quoted(this.#next())} ${context}`);
  }
}

function quoted(character: string): string {
  if (character === "'") return "'\\''";
  return character === '"' ? `'"'` : `'${goQuote(character).slice(1, -1)}'`;
}
