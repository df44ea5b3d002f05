import { All, Controller } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HttpErrors } from './problems/http.errors';
import { Produces } from './request/acceptable.guard';

/** Catch-all route, so that guards also run for unknown URLs. */
@ApiExcludeController()
@Controller()
export class NotFoundController {
  @All('*')
  @Produces()
  refuse(): never {
    throw HttpErrors.ROUTE_NOT_FOUND.create();
  }
}
