export { CallbackRegistration } from './callback-registration.service';
export type { PartnerOrder, PartnerProduct, PartnerStock, ProductsPage } from './partner-responses';
export { PartnerClient } from './partner.client';
export { PartnerErrors } from './partner.errors';
export { PartnerHealth } from './partner-health.service';
export { PartnerModule } from './partner.module';
