import { present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { QueryRequest } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { Fold } from '../../engine/fold.ts';
import { GraphChangeWriter } from '../../engine/graph/graph-changes.ts';
import type { GraphView } from '../../engine/graph/graph-view.ts';
import type { StateEntry } from '../../engine/graph/state-bytes.ts';
import { columnsOf } from '../../engine/stream/pipeline.ts';
import type { Column, GraphPlan, Program } from '../../language/plan.ts';
import type { QueryPool, QuerySeat, Ran } from '../queries/query-pool.ts';
import type { Turns } from '../stream/turns.ts';
import { unpackError } from './engine-messages.ts';
import type { HeldTurns } from './held-turns.ts';

export interface TenantQueriesOptions {
  readonly tenant: TenantId;
  readonly pool: QueryPool;
  /** The queries' own turns in the thread that folds, beside those of the fold. */
  readonly turns: Turns;
  /** The fold's turns: it stands still while the copy of a graph begins. */
  readonly foldTurns: HeldTurns;
}

/** A graph of the fold, of which a copy is kept. */
interface Followed {
  readonly view: GraphView;
  readonly changes: GraphChangeWriter;
}

/**
 * Queries of one tenant: answered beside the fold, on copies of the graphs that they are about, so that no event waits for
 * one. The first query on a graph has it copied, a slice at a time; from then on its changes follow, and each query is
 * answered on what the graph was at the record at which it was handed over. One is answered at a time, in the order
 * asked. What is not asked for any more goes.
 */
export class TenantQueries {
  readonly #options: TenantQueriesOptions;
  readonly #followed = new Map<string, Followed>();
  #fold: Fold | null = null;
  #program: Program | null = null;
  #seat: QuerySeat | null = null;
  #idle: NodeJS.Timeout | null = null;
  #waiting = 0;
  /** Rises when the tenant is closed. */
  #epoch = 0;
  /** Bytes of changes handed over that have not arrived. */
  #bytesOnTheWay = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: TenantQueriesOptions) {
    this.#options = options;
  }

  /** Graphs of which there are copies. */
  get copies(): readonly string[] {
    return [...this.#followed.keys()];
  }

  /**
   * Answers after the queries that wait, with a QueryAnswer that is packed. See TenantEngine.query; rejects besides with
   * QUERY_CANCELLED once `signal` is aborted, and QUERY_FAILED.
   */
  run(fold: Fold, request: QueryRequest, signal: AbortSignal): Promise<Uint8Array> {
    if (this.#waiting >= LIMITS.queriesWaitingMax) {
      return Promise.reject(new RingwatchError('QUERY_BUSY', { waiting: this.#waiting }));
    }
    this.#waiting++;
    const epoch = this.#epoch;
    const answer = this.#last.then(() => {
      checkWanted(signal);
      if (this.#epoch !== epoch) throw new RingwatchError('ENGINE_CLOSED');
      return this.#inTurn(fold, request, signal);
    });
    this.#last = answer.then(
      () => this.#waiting--,
      () => this.#waiting--,
    );
    return answer;
  }

  /** Lets all copies go where no query waits or is being answered. */
  letGoIdle(): void {
    if (this.#waiting === 0) this.#letGo();
  }

  /** Lets all copies go, and refuses the queries that wait. */
  close(): void {
    this.#epoch++;
    this.#letGo();
  }

  async #inTurn(fold: Fold, request: QueryRequest, signal: AbortSignal): Promise<Uint8Array> {
    if (this.#fold !== fold) this.#letGo();
    this.#fold = fold;
    if (this.#idle !== null) clearTimeout(this.#idle);
    try {
      for (;;) {
        const seat = this.#sit();
        // Where the place has ended before its turn has come, another one answers.
        const answer = await seat.turn(async () =>
          this.#seat === seat ? this.#answer(fold, seat, request, signal) : null,
        );
        if (answer !== null) return answer;
      }
    } finally {
      if (this.#seat !== null) this.#leaveLater();
    }
  }

  #sit(): QuerySeat {
    this.#seat ??= this.#options.pool.sit(this.#options.tenant, {
      took: (bytes) => {
        this.#bytesOnTheWay -= bytes;
      },
      lost: () => this.#lost(),
    });
    return this.#seat;
  }

  async #answer(
    fold: Fold,
    seat: QuerySeat,
    request: QueryRequest,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    for (;;) {
      checkWanted(signal);
      let asked: Promise<Ran> | null = null;
      await this.#options.turns.take(false, () => {
        this.#bringUpToDate(fold, seat);
        asked = seat.ask(
          { kind: 'run', tenant: this.#options.tenant, request, position: fold.position },
          signal,
        );
      });
      const ran = await present<Promise<Ran>>(asked, 'a query that was asked');
      if (ran.kind === 'answer') return ran.bytes;
      if (ran.kind === 'failure') throw unpackError(ran.failure);
      await this.#copy(fold, seat, ran.graph, signal);
    }
  }

  /** Hands over what has changed: what comes after it is answered on the state of now. */
  #bringUpToDate(fold: Fold, seat: QuerySeat): void {
    const { tenant } = this.#options;
    if (this.#program !== fold.program) {
      this.#program = fold.program;
      seat.post({ kind: 'definitions', tenant, text: fold.definitions }, []);
    }
    for (const [name, { view }] of this.#followed) if (fold.graph(name) !== view) this.#drop(name);
    for (const name of this.#followed.keys()) this.#handOver(name);
  }

  /** Makes the copy of a graph, and has it follow. The fold stands still meanwhile; that of other tenants goes on. */
  async #copy(fold: Fold, seat: QuerySeat, name: string, signal: AbortSignal): Promise<void> {
    await this.#options.foldTurns.hold(async () => {
      const view = fold.graph(name);
      if (view === null || this.#followed.has(name)) return;
      for (let isWhole = false; !isWhole; ) isWhole = await this.#sendImage(fold, seat, view, signal);
    });
  }

  async #sendImage(fold: Fold, seat: QuerySeat, view: GraphView, signal: AbortSignal): Promise<boolean> {
    const { tenant, turns } = this.#options;
    const graph = view.plan.name;
    const { program } = fold;
    const image = view.image();
    let isWhole: boolean | null = null;
    seat.post(
      { kind: 'graph', tenant, plan: view.plan, columns: columnsOfRelations(view.plan, program) },
      [],
    );
    while (isWhole === null) {
      await turns.take(false, (endMs) => {
        const entries: StateEntry[] = [];
        do {
          const { done, value } = image.next();
          if (done === true) isWhole = value;
          else entries.push(value);
        } while (isWhole === null && performance.now() < endMs);
        const transfer = entries.map(({ bytes }) => bytes.buffer as ArrayBuffer);
        seat.post({ kind: 'image', tenant, graph, entries, isLast: isWhole === true }, transfer);
        if (isWhole === true && this.#seat === seat) this.#follow(graph, view);
      });
      // A copy that is not whole is begun anew by whoever asks next.
      if (signal.aborted && isWhole !== true) seat.post({ kind: 'drop', tenant, graph }, []);
      checkWanted(signal);
    }
    return isWhole;
  }

  #follow(name: string, view: GraphView): void {
    const changes = new GraphChangeWriter(LIMITS.queryChangesBytes, () => this.#handOver(name));
    this.#followed.set(name, { view, changes });
    view.follower = changes;
  }

  #handOver(name: string): void {
    const { changes } = present(this.#followed.get(name), 'a graph that is followed');
    const bytes = changes.take();
    if (bytes.length === 0) return;
    this.#bytesOnTheWay += bytes.length;
    const { tenant } = this.#options;
    this.#seat?.post({ kind: 'changes', tenant, graph: name, bytes }, [bytes.buffer as ArrayBuffer]);
    if (this.#bytesOnTheWay <= LIMITS.queryChangesBytesMax) return;
    // A long query takes nothing in meanwhile: what would pile up is given up, and copied anew when it is asked for.
    for (const followed of [...this.#followed.keys()]) this.#drop(followed);
  }

  #drop(name: string): void {
    this.#unfollow(name);
    this.#seat?.post({ kind: 'drop', tenant: this.#options.tenant, graph: name }, []);
  }

  #unfollow(name: string): void {
    const followed = this.#followed.get(name);
    if (followed !== undefined) followed.view.follower = null;
    this.#followed.delete(name);
  }

  #letGo(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#seat?.leave();
    this.#lost();
  }

  /** The place with the copies is no more. */
  #lost(): void {
    for (const name of [...this.#followed.keys()]) this.#unfollow(name);
    this.#seat = null;
    this.#program = null;
    this.#bytesOnTheWay = 0;
  }

  #leaveLater(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#idle = null;
      if (this.#waiting === 0) this.#letGo();
    }, LIMITS.queryCopyKeptMs);
    this.#idle.unref();
  }
}

/** Throws QUERY_CANCELLED where nobody waits for the query any more. */
function checkWanted(signal: AbortSignal): void {
  if (signal.aborted) throw new RingwatchError('QUERY_CANCELLED', { edges: 0 });
}

function columnsOfRelations(plan: GraphPlan, program: Program): Record<string, readonly Column[]> {
  const relations = [...plan.vertexTables, ...plan.edgeTables].map(({ relation }) => relation.name);
  return Object.fromEntries(relations.map((name) => [name, columnsOf(program, name)]));
}
