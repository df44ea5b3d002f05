export { Clock } from './clock.service';
export { within } from './deadline';
export { ResilienceModule } from './resilience.module';
