export { AppConfig, configurationNames, type AppSettings } from './app-config';
export type { CollectorConfig } from './service-settings';
export type { DatabaseConfig } from './store-settings';
export { ConfigModule } from './config.module';
export { loadConfig } from './config.provider';
export { EX_CONFIG, InvalidConfigurationError } from './environment-reader';
export { sandboxDefaults, type PartnerNumbers } from './partner-settings';
export type { RedisConfig } from './redis-url';
export type { TrustedProxies } from './trusted-proxies';
