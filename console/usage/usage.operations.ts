// Generated from usage.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation } from '../graphql/operation.ts';

export type UsageAndLimitsResult = {
  readonly usage: {
    readonly figures: readonly {
      readonly metric:
        | 'REQUESTS'
        | 'RECORDS'
        | 'BYTES'
        | 'REJECTED'
        | 'DUPLICATES'
        | 'LATE'
        | 'REFUSED'
        | 'DECISIONS'
        | 'QUERIES'
        | 'EDGES'
        | 'ALERTS'
        | 'SUPPRESSED'
        | 'ATTEMPTS'
        | 'DELIVERIES';
      readonly used: string;
      readonly limit: string | null;
    }[];
    readonly days: readonly {
      readonly day: string;
      readonly metric:
        | 'REQUESTS'
        | 'RECORDS'
        | 'BYTES'
        | 'REJECTED'
        | 'DUPLICATES'
        | 'LATE'
        | 'REFUSED'
        | 'DECISIONS'
        | 'QUERIES'
        | 'EDGES'
        | 'ALERTS'
        | 'SUPPRESSED'
        | 'ATTEMPTS'
        | 'DELIVERIES';
      readonly used: string;
    }[];
  };
  readonly limits: {
    readonly quotas: readonly {
      readonly name: string;
      readonly value: string | null;
    }[];
    readonly service: readonly {
      readonly name: string;
      readonly value: string | null;
    }[];
  };
};
export interface UsageAndLimitsVariables {
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
}
export const UsageAndLimits: Operation<'query', UsageAndLimitsResult, UsageAndLimitsVariables> = {
  kind: 'query',
  name: 'UsageAndLimits',
  text: `query UsageAndLimits($from: String, $to: String) {
  usage(from: $from, to: $to) {
    figures {
      metric
      used
      limit
    }
    days {
      day
      metric
      used
    }
  }
  limits {
    quotas {
      name
      value
    }
    service {
      name
      value
    }
  }
}`,
};
