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
export { NoParameters, parseParameters, parseQueryString } from './parameters.pipe';
export { Problems } from './problem.response';
export { prepareReply } from './ready-answer.provider';
export { ALL_CODINGS, chooseCoding, makeReady, type ReadyAnswer, type Representation } from './representation';
