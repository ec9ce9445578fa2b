import type { Terminal } from '../console/terminal.ts';
import type { KeyRole } from './demo-notes.ts';
import type { ExampleTenant } from './example-tenant.ts';
import type { SendProgress } from './send-progress.ts';
import type { ServiceClient } from '../service-client.ts';

/** What an example is given to run with: its tenant is set up, with its definitions in force. */
export interface ExampleRun {
  readonly client: ServiceClient;
  readonly tenant: ExampleTenant;
  readonly keys: Readonly<Record<KeyRole, string>>;
  /** The number of the definitions in force. */
  readonly version: number;
  readonly terminal: Terminal;
  /** Live transfers a second. */
  readonly rate: number;
  /** What earlier runs have sent. */
  readonly progress: SendProgress;
  /** Where the example's outputs go. */
  readonly folder: string;
  /** The text of a file of its data. */
  read(file: string): string;
}

/** One example: its tenant's name, and what is done with it. */
export interface Example {
  /** Also the name of its folder under `examples/`, and of its tenant. */
  readonly slug: string;
  readonly name: string;
  /** The column that tells events of its source apart, as alerts print it. */
  readonly keyColumn: string;
  run(run: ExampleRun): Promise<void>;
}
