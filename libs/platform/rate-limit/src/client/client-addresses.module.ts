import { Module } from '@nestjs/common';
import { ClientAddresses } from './client-addresses.provider';

/** Client addresses, also for modules that run without rate limits, such as those of a command. */
@Module({ providers: [ClientAddresses], exports: [ClientAddresses] })
export class ClientAddressesModule {}
