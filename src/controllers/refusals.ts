import { isStatus } from '#api';

/** Whether the server refused to create something because its namespace is being deleted. */
export function isNamespaceTerminating(error: unknown): boolean {
  return isStatus(error, 'Forbidden') && (error.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating');
}

/** Whether the server refused to create something because its namespace is gone or going. */
export function isNamespaceEnding(error: unknown): boolean {
  return isStatus(error, 'NotFound') || isNamespaceTerminating(error);
}

/** The text of an error as events show it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
