export { serveApiDocs } from './api-docs.provider';
export { createFastifyAdapter } from './fastify.provider';
export { HttpErrors } from './http.errors';
export { HttpModule } from './http.module';
export {
  AmountParameter,
  BooleanParameter,
  ChoiceParameter,
  CoordinatesParameter,
  IntegerParameter,
  ListParameter,
  Rule,
  TextParameter,
  type Coordinates,
} from './parameter.decorator';
export { NoParameters, parseQueryString } from './parameters.pipe';
export { Problems } from './problem.response';
