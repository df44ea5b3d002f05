export { CallbackRegistration } from './callback-registration.service';
export { PartnerHealth } from './partner-health.service';
export type { PartnerOrder, PartnerProduct, PartnerStock, ProductsPage } from './partner-responses';
export { PartnerClient } from './partner.client';
export { PartnerErrors } from './partner.errors';
export { PartnerModule } from './partner.module';
