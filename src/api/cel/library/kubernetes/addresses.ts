import { type AddressBytes, parseNetip } from './netip.ts';

/** An address, or what Kubernetes says is wrong with the text. */
export type ParsedAddress = { readonly bytes: AddressBytes } | { readonly fault: string };

/** Reads an IP address; zones and IPv4 in IPv6 are refused. */
export function parseAddress(text: string): ParsedAddress {
  const parsed = parseNetip(text);
  if ('fault' in parsed) return { fault: `IP Address ${JSON.stringify(text)} parse error during conversion from string: ${parsed.fault}` };
  if (parsed.zone !== '') return { fault: `IP address ${JSON.stringify(text)} with zone value is not allowed` };
  if (isMapped(parsed.bytes)) return { fault: mapped(text) };
  return parsed;
}

/** Reads `address/bits`. */
export function parsePrefix(text: string): { readonly bytes: AddressBytes; readonly bits: number } | { readonly fault: string } {
  const slash = text.lastIndexOf('/');
  const wrong = (why: string) => ({ fault: `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): ${why}` });
  if (slash < 0) return wrong("no '/'");
  const [address, length] = [text.slice(0, slash), text.slice(slash + 1)];
  const parsed = parseNetip(address);
  if ('fault' in parsed) return wrong(parsed.fault);
  const { bytes, zone } = parsed;
  if (zone !== '') return wrong('IPv6 zones cannot be present in a prefix');
  if (!/^(0|[1-9]\d{0,17})$/.test(length)) return wrong(`bad bits after slash: ${JSON.stringify(length)}`);
  if (Number(length) > bytes.length * 8) return wrong('prefix length out of range');
  if (isMapped(bytes)) return { fault: mapped(text) };
  return { bytes, bits: Number(length) };
}

function mapped(text: string): string {
  return `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`;
}

function isMapped(bytes: AddressBytes): boolean {
  return bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** The canonical text: the longest run of zeros of an IPv6 address is `::`. */
export function formatAddress(bytes: AddressBytes): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number));
  const { start, length } = longestZeros(groups);
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, i) => {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: i - length + 1, length };
  });
  return best;
}

/** The address with all bits after the first `bits` cleared. */
export function maskAddress(bytes: AddressBytes, bits: number): AddressBytes {
  return bytes.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, bits - i * 8));
    return byte & (0xff << (8 - kept));
  });
}

/** Whether two addresses are the same. */
export function sameAddress(a: AddressBytes, b: AddressBytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
