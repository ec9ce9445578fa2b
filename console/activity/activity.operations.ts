// Generated from activity.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation, Row } from '../graphql/operation.ts';

export type ActivityResult = {
  readonly throughput: {
    readonly stepSeconds: number;
    readonly points: readonly {
      readonly at: string;
      readonly eventsPerSecond: number;
      readonly decisionsPerSecond: number;
      readonly alertsPerSecond: number;
      readonly lag: string;
    }[];
  };
  readonly latency: {
    readonly stepSeconds: number;
    readonly points: readonly {
      readonly at: string;
      readonly decideP50Ms: number | null;
      readonly decideP99Ms: number | null;
      readonly writeP50Ms: number | null;
      readonly writeP99Ms: number | null;
      readonly queryP50Ms: number | null;
      readonly queryP99Ms: number | null;
    }[];
  };
};
export interface ActivityVariables {
  readonly seconds: number;
}
export const Activity: Operation<'query', ActivityResult, ActivityVariables> = {
  kind: 'query',
  name: 'Activity',
  text: `query Activity($seconds: Int!) {
  throughput(seconds: $seconds) {
    stepSeconds
    points {
      at
      eventsPerSecond
      decisionsPerSecond
      alertsPerSecond
      lag
    }
  }
  latency(seconds: $seconds) {
    stepSeconds
    points {
      at
      decideP50Ms
      decideP99Ms
      writeP50Ms
      writeP99Ms
      queryP50Ms
      queryP99Ms
    }
  }
}`,
};

export type ActivityTotalsResult = {
  readonly health: {
    readonly engine: {
      readonly position: string;
      readonly lag: string;
      readonly lagMs: number;
      readonly accepted: string;
      readonly duplicates: string;
      readonly late: string;
      readonly refused: string;
      readonly rejected: Row;
      readonly alerts: string;
      readonly suppressed: string;
      readonly afterDeadline: string;
      readonly decisions: Row;
    } | null;
  };
};
export type ActivityTotalsVariables = Readonly<Record<never, never>>;
export const ActivityTotals: Operation<'query', ActivityTotalsResult, ActivityTotalsVariables> = {
  kind: 'query',
  name: 'ActivityTotals',
  text: `query ActivityTotals {
  health {
    engine {
      position
      lag
      lagMs
      accepted
      duplicates
      late
      refused
      rejected
      alerts
      suppressed
      afterDeadline
      decisions
    }
  }
}`,
};

export type SourceTimesResult = {
  readonly sources: {
    readonly nodes: readonly {
      readonly id: string;
      readonly name: string;
      readonly eventTime: string | null;
      readonly watermark: string | null;
      readonly idle: boolean;
      readonly behindMs: number | null;
      readonly decision: {
        readonly name: string;
      } | null;
    }[];
  };
};
export type SourceTimesVariables = Readonly<Record<never, never>>;
export const SourceTimes: Operation<'query', SourceTimesResult, SourceTimesVariables> = {
  kind: 'query',
  name: 'SourceTimes',
  text: `query SourceTimes {
  sources(first: 100) {
    nodes {
      id
      name
      eventTime
      watermark
      idle
      behindMs
      decision {
        name
      }
    }
  }
}`,
};
