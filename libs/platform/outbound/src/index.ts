export { OutboundError, type OutboundFailure } from './outbound-error';
export { OutboundClient, type OutboundAnswer, type OutboundRequest } from './outbound.client';
