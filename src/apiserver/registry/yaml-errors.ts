/** Where Go's parser stops in its scanner it counts lines from one, else from zero, and then names no line zero. */
interface GoReason {
  readonly text: string;
  readonly isScanners?: boolean;
}
const NO_COMMA: GoReason = { text: "did not find expected ',' or ']'" };
const NO_KEY: GoReason = { text: 'did not find expected key' };
const OPEN_QUOTE: GoReason = { text: 'found unexpected end of stream', isScanners: true };
const BAD_TOKEN: GoReason = { text: 'found character that cannot start any token', isScanners: true };
const REASONS: Readonly<Record<string, GoReason>> = {
  'unexpected end of the stream within a flow collection': { text: 'did not find expected node content' },
  'missed comma between flow collection entries': NO_COMMA,
  'bad indentation of a mapping entry': { text: 'mapping values are not allowed in this context', isScanners: true },
  'bad indentation of a sequence entry': { text: "did not find expected '-' indicator" },
  'can not read a block mapping entry; a multiline key may not be an implicit key': { text: "could not find expected ':'", isScanners: true },
  'end of the stream or a document separator is expected': NO_KEY,
  'tab characters must not be used in indentation': BAD_TOKEN,
  'unexpected end of the stream within a double quoted scalar': OPEN_QUOTE,
  'unexpected end of the stream within a single quoted scalar': OPEN_QUOTE,
  'unexpected end of the document within a double quoted scalar': { text: 'found unexpected document indicator', isScanners: true },
  'unexpected end of the document within a single quoted scalar': { text: 'found unexpected document indicator', isScanners: true },
  'unknown escape sequence': { text: 'found unknown escape character', isScanners: true },
};

/** What Go's parser says about YAML that this project's cannot read, as closely as the two can be matched: `yaml: line 2: did not find expected key`. */
export function goYamlError(error: unknown): string {
  if (!(error instanceof Error)) return `yaml: ${String(error)}`;
  const { reason = error.message, mark } = error as { reason?: string; mark?: { line: number } };
  const { text, isScanners = false } = REASONS[reason] ?? { text: reason };
  const line = (mark?.line ?? 0) + (isScanners ? 1 : 0);
  return line > 0 ? `yaml: line ${line}: ${text}` : `yaml: ${text}`;
}
