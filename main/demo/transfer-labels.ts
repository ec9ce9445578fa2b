/**
 * What is known about the transfers of examples/anti-cashout beforehand: the answers, which no rule reads.
 * Index `i` of every array is the transfer with `tx` = i.
 */
export interface TransferLabels {
  /** Planted cycles by pattern_id: the keys (`tx`) of their transfers. */
  readonly cycles: ReadonlyMap<string, ReadonlySet<string>>;
  readonly labelled: ReadonlySet<string>;
  readonly byKey: ReadonlyMap<string, Transfer>;
}

/** A transfer as the file has it. */
export interface Transfer {
  readonly src: string;
  readonly dst: string;
  /** Decimal text of any number of decimals. */
  readonly amount: string;
  /** Seconds since the start of the simulation. */
  readonly t: number;
}

/** Reads transfers.csv: tx,t,src,dst,amount,label,pattern,pattern_id without quotes, as AMLGentex writes it. */
export function readTransferLabels(csv: string): TransferLabels {
  const cycles = new Map<string, Set<string>>();
  const labelled = new Set<string>();
  const byKey = new Map<string, Transfer>();
  const [, ...lines] = csv.split('\n');
  for (const line of lines) {
    const [tx = '', t = '', src = '', dst = '', amount = '', label = '', pattern = '', patternId = ''] = line
      .trimEnd()
      .split(',');
    if (tx === '') continue;
    byKey.set(tx, { src, dst, amount, t: Number(t) });
    if (label === '1') labelled.add(tx);
    if (pattern === 'cycle') {
      const members = cycles.get(patternId) ?? new Set();
      cycles.set(patternId, members.add(tx));
    }
  }
  return { cycles, labelled, byKey };
}

/** How many cycles patterns.csv (modelID,type,…) says were planted. */
export function countPlantedCycles(csv: string): number {
  const models = new Set<string>();
  for (const line of csv.split('\n').slice(1)) {
    const [model = '', type = ''] = line.split(',');
    if (type === 'cycle') models.add(model);
  }
  return models.size;
}
