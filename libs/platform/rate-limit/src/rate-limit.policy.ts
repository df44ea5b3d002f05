export const rateLimitPolicy = {
  /**
   * Limit of an IPv6 /48 in multiples of the limit of a client. A /48 is what one site gets (RFC 6177) and has 65,536
   * networks of /64; ten are enough for the offices or households that share one.
   */
  outerNetworkFactor: 10,
  maxAddressLength: 64, // an IPv6 address has 45 characters at most, a zone name some 16; longer text is not an address
} as const;
