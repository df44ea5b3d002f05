/**
 * Loads the configuration from `.env` in the working directory and from the environment, which takes precedence. No
 * other code reads process.env.
 */
import { existsSync, readFileSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { parseConfig, type AppConfig } from './app-config';

export function loadConfig(): AppConfig {
  if (existsSync('.env')) loadEnvFile('.env');
  return parseConfig(process.env, (path) => readFileSync(path, 'utf8'));
}
