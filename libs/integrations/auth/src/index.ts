export type { AccessToken } from './access-token';
export { AuthErrors } from './auth.errors';
export { AuthModule } from './auth.module';
export { TokenProvider } from './provider/token.provider';
