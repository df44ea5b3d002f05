import { Module } from '@nestjs/common';
import { ClientAddresses } from './client-addresses.provider';

/** Whom a request comes from, also for modules that run without rate limits, as in a command. */
@Module({ providers: [ClientAddresses], exports: [ClientAddresses] })
export class ClientAddressesModule {}
