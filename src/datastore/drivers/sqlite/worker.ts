/** The worker thread that owns the SQLite file: all SQL runs here, in the order of the messages. Idle, it waits without a timer. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { SqliteFile } from './sqlite-file.ts';
import { failureOf } from './failure.ts';
import type { Opened, Reply, Request, WorkerData } from './messages.ts';

const port = parentPort as MessagePort;
const { path } = workerData as WorkerData;

function main(): void {
  let file: SqliteFile;
  try {
    file = SqliteFile.open(path);
    const { opened, transfer } = file.load();
    port.postMessage(opened, transfer);
  } catch (error) {
    const opened: Opened = { opened: false, error: failureOf(error, path) };
    port.postMessage(opened);
    port.close();
    return;
  }
  port.on('message', (request: Request) => {
    try {
      answer(file, request);
    } catch (error) {
      const reply: Reply = { id: request.id, error: failureOf(error, path) };
      port.postMessage(reply);
    }
    if (request.op === 'close') port.close();
  });
}

function answer(file: SqliteFile, request: Request): void {
  const { id } = request;
  const send = (reply: Reply, transfer: ArrayBuffer[] = []) => port.postMessage(reply, transfer);
  switch (request.op) {
    case 'commit':
      file.commit(request);
      return send({ id });
    case 'get': {
      const { rows, transfer } = file.get(request.key, request.revision);
      return send({ id, rows }, transfer);
    }
    case 'list': {
      const { rows, transfer, remaining } = file.list(request);
      return send({ id, rows, count: remaining }, transfer);
    }
    case 'changes': {
      const { rows, transfer, reached } = file.changes(request);
      return send({ id, rows, count: reached }, transfer);
    }
    case 'compact':
      return send({ id, count: file.compact(request.from, request.to) });
    case 'shrink':
      return send({ id, count: file.shrink() ? 1 : 0 });
    case 'size':
      return send({ id, count: file.size() });
    case 'close':
      file.close();
      return send({ id });
  }
}

main();
