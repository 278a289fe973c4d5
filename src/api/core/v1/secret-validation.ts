import { lookupTable } from '#lib';
import type { Secret } from '#api/types/core-v1';
import { type FieldError, invalid, key, required } from '../../machinery/field-error.ts';
import { goJsonSyntaxError, goUnmarshalError } from '../../machinery/go-json-syntax.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { validateConfigData, validateConfigUpdate } from './config-data.ts';

/** Types of Secrets that promise certain keys. */
const REQUIRED_KEYS = lookupTable<readonly string[]>({
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
});
const JSON_TYPES = ['kubernetes.io/dockercfg', 'kubernetes.io/dockerconfigjson'];
const ACCOUNT = 'kubernetes.io/service-account.name';

/** What is wrong with a Secret: keys, size and what its type promises. */
export function validateSecret(secret: Secret): FieldError[] {
  const { metadata, type = '', data = {} } = secret;
  const errors = validateConfigData(secret, true);
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[ACCOUNT]) errors.push(required(key('metadata.annotations', ACCOUNT)));
  if (type === 'kubernetes.io/basic-auth' && data['username'] === undefined && data['password'] === undefined) {
    errors.push(required(key('data', 'username')), required(key('data', 'password')));
  }
  for (const name of REQUIRED_KEYS[type] ?? []) {
    const value = data[name];
    if (value === undefined || (value === '' && type === 'kubernetes.io/ssh-auth')) errors.push(required(key('data', name)));
    else if (JSON_TYPES.includes(type)) {
      const message = jsonError(Buffer.from(value ?? '', 'base64'));
      if (message) errors.push(invalid(key('data', name), '<secret contents redacted>', message));
    }
  }
  return errors;
}

function jsonError(bytes: Buffer): string {
  return goJsonSyntaxError(bytes) || goUnmarshalError(JSON.parse(bytes.toString()), { sort: 'object', goType: 'map[string]interface {}' });
}

/** A Secret keeps its type, and its data where it is immutable. Judges the whole. */
export function validateSecretUpdate(secret: Secret, old: Secret): FieldError[] {
  return [...validateImmutable(secret.type, old.type, 'type'), ...validateConfigUpdate(secret, old), ...validateSecret(secret)];
}
