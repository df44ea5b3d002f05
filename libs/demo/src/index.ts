export { DEMO_ID_PREFIX, NEWEST_MS, demoExternalId, demoProduct, demoProducts } from './demo-catalogue';
