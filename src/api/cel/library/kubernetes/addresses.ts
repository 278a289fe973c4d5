import { isIPv4, isIPv6 } from 'node:net';

/** An address's 4 or 16 bytes. */
export type AddressBytes = Uint8Array;

/** An address, or what Go's netip says is wrong with the text. */
export type ParsedAddress = { readonly bytes: AddressBytes } | { readonly fault: string };

/** Reads an IP address; zones and IPv4 in IPv6 are refused with Kubernetes' words. */
export function parseAddress(text: string): ParsedAddress {
  const [plain = '', zone] = text.split('%', 2);
  const bytes = bytesOf(plain);
  if (!bytes)
    return { fault: `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP` };
  if (zone !== undefined) return { fault: `IP address ${JSON.stringify(text)} with zone value is not allowed` };
  if (isMapped(bytes)) return { fault: mapped(text) };
  return { bytes };
}

/** Reads `address/bits`. */
export function parsePrefix(text: string): { readonly bytes: AddressBytes; readonly bits: number } | { readonly fault: string } {
  const slash = text.lastIndexOf('/');
  const wrong = (why: string) => ({ fault: `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): ${why}` });
  if (slash < 0) return wrong("no '/'");
  const [address, length] = [text.slice(0, slash), text.slice(slash + 1)];
  const bytes = bytesOf(address);
  if (!bytes) return wrong(address.includes('%') ? 'IPv6 zones cannot be present in a prefix' : `ParseAddr(${JSON.stringify(address)}): unable to parse IP`);
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return wrong(`bad bits after slash: ${JSON.stringify(length)}`);
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

function bytesOf(text: string): AddressBytes | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text)) return undefined;
  const [head = '', tail] = text.split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
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
