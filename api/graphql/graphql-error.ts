import { GraphQLError } from 'graphql';
import { type ErrorCode, RingwatchError } from '../../core/errors.ts';
import { DefinitionErrors } from '../../language/definition-errors.ts';

/** A coded error as GraphQL's `errors` say it. */
export interface FormattedError {
  readonly message: string;
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: ErrorCode;
    readonly mend: string;
    readonly retryable: boolean;
    readonly hint?: string;
    readonly retryAfterMs?: number;
    readonly requestId?: string;
  };
}

/** The error that a resolver threw, where it was one of the table; null for a bug. */
export function codedError(error: unknown): RingwatchError | null {
  if (error instanceof RingwatchError) return error;
  if (error instanceof DefinitionErrors) return error.errors[0] ?? null;
  if (error instanceof GraphQLError && error.originalError !== undefined)
    return codedError(error.originalError);
  return null;
}

/** A coded error for `errors`; `at` gives the place in the document and the path, where there is one. */
export function formatCoded(
  error: RingwatchError,
  at: GraphQLError | null,
  requestId: string,
): FormattedError {
  const { retryAfterMs } = error.details;
  return {
    message: error.outside.message,
    ...(at?.locations === undefined ? {} : { locations: at.locations }),
    ...(at?.path === undefined ? {} : { path: at.path }),
    extensions: {
      code: error.code,
      mend: error.mend,
      retryable: error.retryable,
      ...(error.hint === null ? {} : { hint: error.hint }),
      ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
      requestId,
    },
  };
}

/** Who an error is formatted for, and what of it they may be told. */
export interface ErrorReader {
  readonly requestId: string;
  /** Whether they may be told names of the contract that they have nearly guessed. */
  readonly suggestions: boolean;
  /** Is told of bugs. */
  readonly onBug: (error: unknown) => void;
}

/** How graphql-js ends an error where it knows a name that is nearly right. */
const SUGGESTION = / Did you mean [^?]*\?$/;

/** Any error that execution gave, as the caller may see it: coded errors as they are, wrong variables as GRAPHQL_VARIABLES, bugs as INTERNAL. */
export function formatExecutionError(
  error: GraphQLError,
  { requestId, suggestions, onBug }: ErrorReader,
): FormattedError {
  const coded = codedError(error);
  if (coded !== null) return formatCoded(coded, error, requestId);
  if (error.originalError === undefined || error.originalError instanceof GraphQLError) {
    // graphql-js itself: a variable or argument that does not fit its type.
    const message = suggestions ? error.message : error.message.replace(SUGGESTION, '');
    const reason = message.slice(0, 1000);
    return formatCoded(new RingwatchError('GRAPHQL_VARIABLES', { reason }), error, requestId);
  }
  onBug(error.originalError);
  return formatCoded(new RingwatchError('INTERNAL', { request: requestId }), error, requestId);
}
