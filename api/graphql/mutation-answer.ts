import type { ErrorCode, RingwatchError } from '../../core/errors.ts';
import { type RequestContext, withTenant } from '../request-context.ts';
import { codedError } from './graphql-error.ts';
import type { Plain } from './resolver-types.ts';

/** Errors of the request as a whole: they go into `errors`, whatever asked for them. */
const WHOLE_REQUEST: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'OPERATION_UNKNOWN',
  'TENANT_MISSING',
  'TENANT_UNKNOWN',
  'INTERNAL',
]);

/**
 * What a mutation answers: what `work` makes, or what was wrong with the input as `userErrors` beside `nothing`. With an idempotency key an
 * earlier answer to the same input is given again; `work` hears whether it may have been done before without its answer being kept.
 * Throws what is wrong with the request as a whole, or may go away by itself.
 */
export async function answerMutation<T extends object>(
  context: RequestContext,
  operation: string,
  input: { readonly idempotencyKey?: string | null },
  nothing: { readonly [K in keyof T]: null },
  work: (mayBeDone: boolean) => Promise<T>,
): Promise<MutationAnswer<T>> {
  try {
    const { idempotencyKey, ...request } = input;
    const answer =
      idempotencyKey === undefined || idempotencyKey === null
        ? await work(false)
        : (await withTenant(context).tenant.idempotency.run(idempotencyKey, operation, request, work)).answer;
    return { ...answer, userErrors: [] };
  } catch (error) {
    const coded = codedError(error);
    if (coded === null || coded.retryable || WHOLE_REQUEST.has(coded.code)) throw error;
    return { ...nothing, userErrors: [userError(coded, input)] };
  }
}

/** What `work` makes, or null for each of it. */
type MutationAnswer<T> = { readonly [K in keyof T]: T[K] | null } & {
  readonly userErrors: readonly Plain<'UserError'>[];
};

/** An error of the table as a payload says it; its field is named where the input has it. */
export function userError(error: RingwatchError, input: object): Plain<'UserError'> {
  const { field } = error.details;
  const named = typeof field === 'string' && Object.hasOwn(input, field.split('.')[0] ?? '');
  return {
    code: error.code,
    message: error.outside.message,
    field: named ? ['input', ...String(field).split('.')] : null,
    mend: error.mend,
    hint: error.hint,
    retryable: error.retryable,
  };
}
