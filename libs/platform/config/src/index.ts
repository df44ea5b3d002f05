export { AppConfig, configurationNames, type DatabaseConfig } from './app-config';
export { ConfigModule } from './config.module';
export { loadConfig } from './config.provider';
export { EX_CONFIG, InvalidConfigurationError } from './environment-reader';
