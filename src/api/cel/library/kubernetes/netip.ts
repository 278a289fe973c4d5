/** An address's 4 or 16 bytes. */
export type AddressBytes = Uint8Array;

/** An address as Go's `netip.ParseAddr` reads it, or the words in which that refuses it. */
export type NetipAddress = { readonly bytes: AddressBytes; readonly zone: string } | { readonly fault: string };

class Refused extends Error {
  constructor(reason: string, at = '') {
    super(at === '' ? reason : `${reason} (at ${JSON.stringify(at)})`);
  }
}

/** Reads an address. */
export function parseNetip(text: string): NetipAddress {
  try {
    switch (/[.:%]/.exec(text)?.[0]) {
      case '.':
        return { bytes: Uint8Array.from(parseIPv4(text)), zone: '' };
      case ':':
        return parseIPv6(text);
      case '%':
        throw new Refused('missing IPv6 address');
      default:
        throw new Refused('unable to parse IP');
    }
  } catch (error) {
    if (error instanceof Refused) return { fault: `ParseAddr(${JSON.stringify(text)}): ${error.message}` };
    throw error;
  }
}

function parseIPv4(text: string): number[] {
  const fields: number[] = [];
  let value = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (char >= '0' && char <= '9') {
      if (digits === 1 && value === 0) throw new Refused('IPv4 field has octet with leading zero');
      value = value * 10 + Number(char);
      digits++;
      if (value > 255) throw new Refused('IPv4 field has value >255');
    } else if (char === '.') {
      if (i === 0 || i === text.length - 1 || text[i - 1] === '.') throw new Refused('IPv4 field must have at least one digit', text.slice(i));
      if (fields.length === 3) throw new Refused('IPv4 address too long');
      fields.push(value);
      value = 0;
      digits = 0;
    } else throw new Refused('unexpected character', text.slice(i));
  }
  if (fields.length < 3) throw new Refused('IPv4 address too short');
  return [...fields, value];
}

function parseIPv6(text: string): { readonly bytes: AddressBytes; readonly zone: string } {
  const percent = text.indexOf('%');
  const zone = percent < 0 ? '' : text.slice(percent + 1);
  if (percent >= 0 && zone === '') throw new Refused('zone must be a non-empty string');
  const plain = percent < 0 ? text : text.slice(0, percent);
  if (plain === '::') return { bytes: new Uint8Array(16), zone };
  const { parts, ellipsis } = readGroups(plain);
  if (parts.length < 16 && ellipsis < 0) throw new Refused('address string too short');
  if (parts.length === 16 && ellipsis >= 0) throw new Refused('the :: must expand to at least one field of zeros');
  const zeros = Array.from({ length: 16 - parts.length }, () => 0);
  return { bytes: Uint8Array.from([...parts.slice(0, Math.max(0, ellipsis)), ...zeros, ...parts.slice(Math.max(0, ellipsis))]), zone };
}

/** The bytes that are written out, and where among them `::` stands; below zero when it does not. */
function readGroups(text: string): { parts: number[]; ellipsis: number } {
  const parts: number[] = [];
  let ellipsis = text.startsWith('::') ? 0 : -1;
  let rest = ellipsis === 0 ? text.slice(2) : text;
  while (parts.length < 16) {
    const group = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? '';
    if (group.length > 4) throw new Refused('each group must have 4 or fewer digits', rest);
    if (group === '') throw new Refused('each colon-separated field must have at least one digit', rest);
    if (rest[group.length] === '.') {
      if (ellipsis < 0 && parts.length !== 12) throw new Refused('embedded IPv4 address must replace the final 2 fields of the address', rest);
      if (parts.length > 12) throw new Refused('too many hex fields to fit an embedded IPv4 at the end of the address', rest);
      return { parts: [...parts, ...parseIPv4(rest)], ellipsis };
    }
    const value = Number.parseInt(group, 16);
    parts.push(value >> 8, value & 0xff);
    rest = rest.slice(group.length);
    if (rest === '') break;
    if (!rest.startsWith(':')) throw new Refused('unexpected character, want colon', rest);
    if (rest === ':') throw new Refused('colon must be followed by more characters', rest);
    rest = rest.slice(1);
    if (!rest.startsWith(':')) continue;
    if (ellipsis >= 0) throw new Refused('multiple :: in address', rest);
    ellipsis = parts.length;
    rest = rest.slice(1);
    if (rest === '') break;
  }
  if (rest !== '') throw new Refused('trailing garbage after address', rest);
  return { parts, ellipsis };
}
