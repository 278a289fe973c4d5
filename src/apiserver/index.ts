export { parseAdmissionConfiguration } from './admission/index.ts';
export type { HttpAnswer, HttpRequest } from './listener/http-message.ts';
export type { ApiServerOptions } from './options.ts';
export { type ApiServer, createApiServer } from './server.ts';
