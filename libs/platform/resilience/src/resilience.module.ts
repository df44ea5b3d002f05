import { Global, Module } from '@nestjs/common';
import { Clock } from './clock.service';
import { Failpoints } from './failpoints.service';

@Global()
@Module({ providers: [Clock, Failpoints], exports: [Clock, Failpoints] })
export class ResilienceModule {}
