// Generated from problem.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation } from '../graphql/operation.ts';

export type Problem = {
  readonly code: string;
  readonly message: string;
  readonly field: readonly string[] | null;
  readonly mend: string;
  readonly hint: string | null;
  readonly retryable: boolean;
};
