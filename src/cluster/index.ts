export { type AgentConfig, componentArg, DEFAULTS, type Paths, pathsOf, type ServerConfig } from './config.ts';
export type { Component } from './component.ts';
export { runServer } from './run-server.ts';
export { type Cluster, startServer } from './server.ts';
