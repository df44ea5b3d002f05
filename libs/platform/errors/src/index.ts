export {
  ApplicationError,
  defineErrors,
  type ErrorCatalogue,
  type ErrorDefinition,
  type ErrorKind,
  type Fault,
} from './define-errors';
