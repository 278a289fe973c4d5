import { isObject, openEnvelope, ProtobufError } from '#api';
import type { RawBody } from './decode-body.ts';

/** What version a body says it is of, where that can be read. */
export function sentApiVersion({ value, protobuf }: RawBody): string | undefined {
  if (!protobuf) return isObject(value) && typeof value['apiVersion'] === 'string' ? value['apiVersion'] : undefined;
  try {
    return openEnvelope(protobuf).apiVersion;
  } catch (error) {
    if (error instanceof ProtobufError) return undefined;
    throw error;
  }
}
