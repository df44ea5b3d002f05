export { OutboundError, type OutboundFailure } from './outbound-error';
export { OutboundClient, type OutboundAnswer, type OutboundLimits, type OutboundRequest } from './outbound.client';
