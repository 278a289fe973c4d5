import type { CelLibrary } from '../environment.ts';
import { fail } from '../errors.ts';
import { celFunction, overload } from '../functions.ts';
import { bytesType, stringType } from '../types.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

function decode(text: string): Uint8Array {
  return BASE64.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : fail('illegal base64 data');
}

/** Base64, which takes texts without padding, too. Not among Kubernetes' libraries. */
export const ENCODERS: CelLibrary = {
  name: 'cel.lib.ext.encoders',
  functions: [
    celFunction(
      'base64.decode',
      overload('base64_decode_string', [stringType], bytesType, (text) => decode(text as string)),
    ),
    celFunction(
      'base64.encode',
      overload('base64_encode_bytes', [bytesType], stringType, (bytes) => Buffer.from(bytes as Uint8Array).toString('base64')),
    ),
  ],
};
