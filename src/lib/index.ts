export { AsyncQueue, aborted, waitFor } from './async.ts';
export { type Clock, FakeClock, rfc3339, rfc3339Micro, systemClock, type Timer } from './clock.ts';
export { createLog, describeError, formatLine, type Log, type LogFields, type LogLevel, logSink } from './log.ts';
export { type Counter, createMetrics, type Family, type Gauge, type Histogram, type Metrics } from './metrics.ts';
export { type Random, seededRandom, systemRandom } from './random.ts';
export { type Ipv4Network, ipv4ToNumber, isIp, networkHas, nthAddress, numberToIpv4, parseIpv4Network } from './ip.ts';
export { readIfExists, writeFileAtomic } from './files.ts';
export { type RunOptions, type RunResult, runChecked, runProgram } from './run-program.ts';
export { VERSION } from './version.ts';
