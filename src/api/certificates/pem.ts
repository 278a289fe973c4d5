/** A block of a PEM file. */
export interface PemBlock {
  /** `CERTIFICATE REQUEST`. */
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly der: Buffer;
}

const BLOCK = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t]*\r?\n([\s\S]*?)(?:^|\n)?-----END \1-----[ \t]*(?=\r?\n|$)/g;

/** The blocks of a PEM text; what is none is overlooked, as Go does. */
export function parsePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const [, type = '', body = ''] of text.matchAll(BLOCK)) {
    const lines = body.split(/\r?\n/);
    const headers = lines.filter((line) => line.includes(':')).length;
    const content = lines.slice(headers).join('').replaceAll(/\s/g, '');
    if (/^[A-Za-z0-9+/]*={0,2}$/.test(content) && content.length % 4 === 0) blocks.push({ type, hasHeaders: headers > 0, der: Buffer.from(content, 'base64') });
  }
  return blocks;
}
