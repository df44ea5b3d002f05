/**
 * Takes the configuration from the process: `.env` in the working directory first, then the environment,
 * which wins. The only reader of process.env.
 */
import { existsSync, readFileSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { parseConfig, type AppConfig } from './app-config';

export function loadConfig(): AppConfig {
  if (existsSync('.env')) loadEnvFile('.env');
  return parseConfig(process.env, (path) => readFileSync(path, 'utf8'));
}
