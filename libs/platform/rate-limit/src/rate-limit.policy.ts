export const rateLimitPolicy = {
  /**
   * Limit of an IPv6 /48, as a multiple of the limit of a client. One site gets a /48 (RFC 6177), which contains 65,536
   * /64 networks. A factor of ten suffices for the offices or households that share one.
   */
  outerNetworkFactor: 10,
  maxAddressLength: 64, // an IPv6 address has at most 45 characters, a zone name about 16; longer text is no address
} as const;
