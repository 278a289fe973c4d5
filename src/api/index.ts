export * from './machinery/field-error.ts';
export * from './machinery/json.ts';
export * from './machinery/object.ts';
export * from './machinery/request.ts';
export * from './machinery/resource.ts';
export * from './machinery/status-error.ts';
