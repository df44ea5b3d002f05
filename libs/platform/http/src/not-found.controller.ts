import { All, Controller } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Produces } from './acceptable.guard';
import { HttpErrors } from './http.errors';

/** Every address that no other route has, so that guards see those requests as well. */
@ApiExcludeController()
@Controller()
export class NotFoundController {
  @All('*')
  @Produces()
  refuse(): never {
    throw HttpErrors.ROUTE_NOT_FOUND.create();
  }
}
