import type { SqlValue } from '../core/ports/catalog.ts';

/** A WHERE that is put together piece by piece; values never become text. */
export class SqlCondition {
  readonly text: string;
  readonly parameters: readonly SqlValue[];

  private constructor(text: string, parameters: readonly SqlValue[]) {
    this.text = text;
    this.parameters = parameters;
  }

  /** What every statement of a tenant begins with. */
  static ofTenant(tenant: string): SqlCondition {
    return new SqlCondition('tenant_id = $1', [tenant]);
  }

  /** With one piece more; each `?` in it stands for the next of `values`. */
  and(piece: string, ...values: readonly SqlValue[]): SqlCondition {
    let next = this.parameters.length;
    const numbered = piece.replaceAll('?', () => `$${++next}`);
    return new SqlCondition(`${this.text} AND ${numbered}`, [...this.parameters, ...values]);
  }
}
