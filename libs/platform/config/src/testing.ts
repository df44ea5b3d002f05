/** Parsing of settings without a process environment. */
export { configurationNames, parseConfig } from './app-config';
export { parseRedisUrl } from './redis-url';
