/** Answers of the kubelet's server: ordinary ones, and those on a connection that asked for an upgrade. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { StatusError } from '#api';

/** What the server answers instead of a failure's details: an HTTP code and the text that clients see. */
export class HttpError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The code and text for any failure. */
export function answerOf(error: unknown): { code: number; text: string } {
  if (error instanceof HttpError || error instanceof StatusError) return { code: error.code, text: error.message };
  return { code: 500, text: error instanceof Error ? error.message : String(error) };
}

export function sendText(response: ServerResponse, code: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(code, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

export function sendJson(response: ServerResponse, value: unknown): void {
  sendText(response, 200, JSON.stringify(value), 'application/json');
}

/** Refuses an upgrade with an ordinary answer and ends the connection. */
export function refuseUpgrade(socket: Duplex, code: number, text: string): void {
  const head = `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n`;
  socket.end(head + text);
}
