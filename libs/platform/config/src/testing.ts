/** Parsers of settings, independent of the process environment. */
export { configurationVariables, parseConfig } from './app-config';
export { VARIABLE_SECTIONS } from './variables';
export { parseRedisUrl } from './redis-url';
