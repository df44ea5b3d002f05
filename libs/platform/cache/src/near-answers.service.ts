/** What this process can send at once, by the address as clients write it. */
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { ReadyResponse } from '@platform/http';
import { AddressBook } from './address-book.service';
import { AnswerCache, type FoundAnswer } from './answer-cache.service';
import { CacheResponses } from './cache-responses.service';

export interface NearAnswer {
  readonly found: FoundAnswer;
  readonly route: string | undefined;
}

@Injectable()
export class NearAnswers {
  constructor(
    private readonly cache: AnswerCache,
    private readonly addresses: AddressBook,
    private readonly responses: CacheResponses,
  ) {}

  find(url: string): NearAnswer | undefined {
    const address = this.addresses.find(url);
    const found = address && this.cache.peek(address.canonical);
    return found && { found, route: address.route };
  }

  respond({ found }: NearAnswer, request: IncomingMessage): ReadyResponse {
    return this.responses.ofCache(found, request);
  }
}
