import { All, Controller } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Produces } from '../request/acceptable.guard';
import { HttpErrors } from './http.errors';

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
