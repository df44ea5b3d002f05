import { AppConfig } from '@platform/config';
import { partnerPolicyFor, type PartnerPolicy } from './partner.policy';

export const PARTNER_POLICY = Symbol('API of the partner and limits for calls to it');

export interface ConfiguredPolicy extends PartnerPolicy {
  /** Undefined if the partner is not configured. */
  readonly apiUrl: string | undefined;
}

/** The policy with the settings of this process. Every class of the integration that applies a limit injects it. */
export const partnerPolicyProvider = {
  provide: PARTNER_POLICY,
  inject: [AppConfig],
  useFactory: ({ partner }: AppConfig): ConfiguredPolicy => ({
    ...partnerPolicyFor(partner?.numbers ?? {}),
    apiUrl: partner?.apiUrl,
  }),
};
