export { OutboundError, type OutboundFailure } from './outbound-error';
export { OutboundClient, type OutboundResponse, type OutboundLimits, type OutboundRequest } from './outbound.client';
