/** Something that was refused or failed: a code of docs/errors.md where the service said one. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string;
  /** What to do about it. */
  readonly mend: string;
  readonly hint: string | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;

  constructor(problem: ProblemFacts) {
    super(problem.message);
    this.code = problem.code;
    this.mend = problem.mend ?? '';
    this.hint = problem.hint ?? null;
    this.retryable = problem.retryable ?? false;
  }
}

/** What is known of a problem; what the service leaves out is left empty. */
export interface ProblemFacts {
  readonly code: string;
  readonly message: string;
  readonly mend?: string;
  readonly hint?: string | null;
  readonly retryable?: boolean;
}

/** Codes of the console's own: the service was not reached, or answered what is no answer. */
export const UNREACHABLE = 'UNREACHABLE';
const UNREADABLE = 'UNREADABLE';

/** What is thrown where the service could not be reached. */
export function unreachable(): RequestError {
  return new RequestError({
    code: UNREACHABLE,
    message: 'The service cannot be reached.',
    mend: 'Check the connection; this page tries again by itself.',
    retryable: true,
  });
}

/** What is thrown where an answer is none of the service's, such as a proxy's page. */
export function unreadable(status: number): RequestError {
  return new RequestError({
    code: UNREADABLE,
    message: `The service answered with status ${status} and nothing that can be read.`,
    mend: 'Ask whoever runs it; something between may have answered in its place.',
    retryable: status >= 500 || status === 429,
  });
}

/** Anything thrown as a RequestError; what is none is a fault of this page and is thrown on. */
export function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  throw error;
}

/**
 * The first error of a GraphQL answer, or of a plain HTTP answer (`{error: {code, message, …}}`), or null where there is none.
 */
export function readProblem(body: unknown): RequestError | null {
  if (!isObject(body)) return null;
  const first = Array.isArray(body.errors) ? body.errors[0] : (body.error ?? (hasCode(body) ? body : null));
  if (!isObject(first)) return null;
  const extensions = isObject(first.extensions) ? first.extensions : first;
  return new RequestError({
    code: typeof extensions.code === 'string' ? extensions.code : UNREADABLE,
    message: typeof first.message === 'string' ? first.message : 'The request failed.',
    mend: typeof extensions.mend === 'string' ? extensions.mend : '',
    hint: typeof extensions.hint === 'string' ? extensions.hint : null,
    retryable: extensions.retryable === true,
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function hasCode(value: Record<string, unknown>): boolean {
  return typeof value.code === 'string' && typeof value.message === 'string';
}
