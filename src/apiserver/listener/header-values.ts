import type { Headers } from './http-message.ts';

/** The values of a header that may be repeated: Node joins them by a comma and a space. */
export function headerValues(headers: Headers, name: string): string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : value.split(', ')).map((each) => each.trim()).filter(Boolean);
}

/** The header's whole value: names of users hold commas where directories name them (`CN=a,O=b`). */
export function wholeHeader(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** A key that follows a header's prefix: percent-encoded where a header cannot hold it; what is no encoding stays. */
export function unescapeHeaderKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
