import { CelDouble, CelUint, type CelValue, toInt } from '../values.ts';

const INT64_MAX = 0x7fffffffffffffffn;
const UINT64_MAX = 0xffffffffffffffffn;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** What a literal stands for, or the message that says why it cannot. */
export type LiteralResult = { readonly value: CelValue } | { readonly fault: string };

/** What the text of a token of a kind stands for. */
export function literalOf(kind: string, text: string): LiteralResult {
  switch (kind) {
    case 'NUM_INT':
      return intLiteral(text);
    case 'NUM_UINT':
      return uintLiteral(text);
    case 'NUM_FLOAT':
      return doubleLiteral(text);
    case 'STRING':
      return stringLiteral(text);
    case 'BYTES':
      return bytesLiteral(text);
    default:
      return { value: text === 'null' ? null : text === 'true' };
  }
}

/** An int literal, its sign included: `-1`, `0xF`. */
function intLiteral(text: string): LiteralResult {
  const isNegative = text.startsWith('-');
  const size = BigInt(isNegative ? text.slice(1) : text);
  if (size > INT64_MAX + (isNegative ? 1n : 0n)) return { fault: 'invalid int literal' };
  return { value: toInt(isNegative ? -size : size) };
}

/** A uint literal: `1u`. */
function uintLiteral(text: string): LiteralResult {
  const value = BigInt(text.slice(0, -1));
  return value > UINT64_MAX ? { fault: 'invalid uint literal' } : { value: new CelUint(value) };
}

/** A double literal, its sign included. */
function doubleLiteral(text: string): LiteralResult {
  const value = Number(text);
  return Number.isFinite(value) ? { value: new CelDouble(value) } : { fault: 'invalid double literal' };
}

/** A string literal with its quotes and prefix. */
function stringLiteral(token: string): LiteralResult {
  const { body, isRaw } = unquote(token);
  if (isRaw || !body.includes('\\')) return { value: body };
  let fault: string | undefined;
  const value = replaceEscapes(body, (code) => {
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      fault = 'invalid unicode code point';
      return '';
    }
    return String.fromCodePoint(code);
  });
  return fault === undefined ? { value } : { fault };
}

/** A bytes literal: `\xff` and octal escapes are bytes, everything else is UTF-8. */
function bytesLiteral(token: string): LiteralResult {
  const { body, isRaw } = unquote(token.slice(1));
  if (isRaw || !body.includes('\\')) return { value: new Uint8Array(Buffer.from(body)) };
  const parts: Buffer[] = [];
  let rest = 0;
  const pattern = escapePattern();
  for (const match of body.matchAll(pattern)) {
    parts.push(Buffer.from(body.slice(rest, match.index)), escapedBytes(match[0]));
    rest = match.index + match[0].length;
  }
  parts.push(Buffer.from(body.slice(rest)));
  return { value: new Uint8Array(Buffer.concat(parts)) };
}

function escapedBytes(escape: string): Buffer {
  const kind = escape[1] as string;
  if ((kind >= '0' && kind <= '3') || kind === 'x' || kind === 'X') return Buffer.from([codeOf(escape)]);
  return Buffer.from(textOf(escape, (code) => String.fromCodePoint(code)));
}

function unquote(token: string): { body: string; isRaw: boolean } {
  const isRaw = /^[rR]/.test(token);
  const quoted = isRaw ? token.slice(1) : token;
  const width = /^("""|''')/.test(quoted) && quoted.length >= 6 ? 3 : 1;
  return { body: quoted.slice(width, -width).replaceAll('\r\n', '\n'), isRaw };
}

function escapePattern(): RegExp {
  return /\\(?:[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|[\s\S])/g;
}

function replaceEscapes(body: string, fromCode: (code: number) => string): string {
  return body.replace(escapePattern(), (escape) => textOf(escape, fromCode));
}

function textOf(escape: string, fromCode: (code: number) => string): string {
  const kind = escape[1] as string;
  if ((kind >= '0' && kind <= '3') || 'xXuU'.includes(kind)) return fromCode(codeOf(escape));
  return SIMPLE_ESCAPES[kind] ?? kind;
}

function codeOf(escape: string): number {
  return /[0-3]/.test(escape[1] as string) ? Number.parseInt(escape.slice(1), 8) : Number.parseInt(escape.slice(2), 16);
}
