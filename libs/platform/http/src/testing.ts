/** Limits and status codes that tests compare with the behaviour of the service. */
export { httpPolicy } from './http.policy';
export { statusOf } from './problems/problem';
