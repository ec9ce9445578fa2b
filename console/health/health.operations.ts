// Generated from health.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation, Row } from '../graphql/operation.ts';

export type HealthSummaryResult = {
  readonly health: {
    readonly state: 'OK' | 'DEGRADED' | 'DOWN';
    readonly parts: readonly {
      readonly name: string;
      readonly state: 'OK' | 'DEGRADED' | 'DOWN';
      readonly message: string | null;
    }[];
  };
};
export type HealthSummaryVariables = Readonly<Record<never, never>>;
export const HealthSummary: Operation<'query', HealthSummaryResult, HealthSummaryVariables> = {
  kind: 'query',
  name: 'HealthSummary',
  text: `query HealthSummary {
  health {
    state
    parts {
      name
      state
      message
    }
  }
}`,
};

export type HealthDetailResult = {
  readonly health: {
    readonly state: 'OK' | 'DEGRADED' | 'DOWN';
    readonly parts: readonly {
      readonly name: string;
      readonly state: 'OK' | 'DEGRADED' | 'DOWN';
      readonly message: string | null;
    }[];
    readonly version: string;
    readonly startedAt: string;
    readonly engine: {
      readonly position: string;
      readonly offset: string;
      readonly durableOffset: string;
      readonly lag: string;
      readonly lagMs: number;
      readonly definitionsVersion: number;
      readonly stateBytes: string;
      readonly memoryBytes: string | null;
      readonly memoryLimit: string | null;
      readonly memoryShort: boolean;
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
export type HealthDetailVariables = Readonly<Record<never, never>>;
export const HealthDetail: Operation<'query', HealthDetailResult, HealthDetailVariables> = {
  kind: 'query',
  name: 'HealthDetail',
  text: `query HealthDetail {
  health {
    state
    parts {
      name
      state
      message
    }
    version
    startedAt
    engine {
      position
      offset
      durableOffset
      lag
      lagMs
      definitionsVersion
      stateBytes
      memoryBytes
      memoryLimit
      memoryShort
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

export type GraphMemoryListResult = {
  readonly graphViews: {
    readonly nodes: readonly {
      readonly name: string;
      readonly memory: {
        readonly bytes: string;
        readonly rawShare: number | null;
        readonly bytesPerEdge: number | null;
        readonly vertices: string;
        readonly edges: string;
        readonly edgeTables: readonly {
          readonly name: string;
          readonly segmentEdges: string;
          readonly deltaEdges: string;
        }[];
      } | null;
    }[];
  };
};
export type GraphMemoryListVariables = Readonly<Record<never, never>>;
export const GraphMemoryList: Operation<'query', GraphMemoryListResult, GraphMemoryListVariables> = {
  kind: 'query',
  name: 'GraphMemoryList',
  text: `query GraphMemoryList {
  graphViews(first: 10) {
    nodes {
      name
      memory {
        bytes
        rawShare
        bytesPerEdge
        vertices
        edges
        edgeTables {
          name
          segmentEdges
          deltaEdges
        }
      }
    }
  }
}`,
};
