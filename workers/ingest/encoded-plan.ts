import type { SourcePlan, TablePlan, TransferPlan } from '../../language/plan.ts';

/** What rows can be encoded for. */
export type EncodedPlan = SourcePlan | TablePlan | TransferPlan;
