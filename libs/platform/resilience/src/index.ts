export { withDeadline, DeadlineExceededError } from './with-deadline';
export { equalJitterMs, fullJitterMs } from './backoff';
export { Clock } from './clock.service';
export { SingleFlight } from './single-flight';
export { Failpoints } from './failpoints.service';
export { ResilienceModule } from './resilience.module';
export { watchEventLoop } from './watchdog.provider';
