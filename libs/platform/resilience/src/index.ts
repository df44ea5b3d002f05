export { abortable, TimeOverError } from './abortable';
export { equalJitterMs, fullJitterMs } from './backoff';
export { Clock } from './clock.service';
export { within } from './deadline';
export { Failpoints } from './failpoints.service';
export { ResilienceModule } from './resilience.module';
export { watchEventLoop } from './watchdog.provider';
