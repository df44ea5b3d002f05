/** The limits and the catalogue of problems that tests compare with what the service does. */
export { httpPolicy } from './http.policy';
export { statusOf } from './problem';
