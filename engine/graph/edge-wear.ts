import { listBytes } from '../../core/heap-bytes.ts';
import type { EdgeShard } from './delta/edge-shard.ts';

/** Edges of a delta whose newest time is kept together. */
const CHUNK_LOG2 = 12;
/** Edges of a segment whose times stand for those of all. */
const SAMPLE = 256;
/** A delta is taken in when it has so many edges, and as many as the segment. */
const DELTA_MIN = 65_536;
/** The same for edges that expire: what is let go of sooner is not worth a segment. */
const EXPIRING_DELTA_MIN = 1 << 20;
/** Under so many removed and expired edges a compaction is not worth its pause. */
const DEAD_MIN = 4096;

/**
 * When a shard is to be compacted: its delta has as many edges as its segment, or half of all edges were removed or have
 * expired. An edge is then compacted twice on average, however many there come to be.
 */
export class EdgeWear {
  private readonly shard: EdgeShard;
  private readonly deltaMin: number;
  /** By chunk of the delta. */
  private newest: number[] = [];
  /** The same of the delta after a compaction that is under way. */
  private coming: number[] = [];
  private comingCount = 0;
  private sample: Float64Array = new Float64Array(0);
  private count = 0;

  /** `expires`: whether the shard's edges do. */
  constructor(shard: EdgeShard, expires: boolean) {
    this.shard = shard;
    this.deltaMin = expires ? EXPIRING_DELTA_MIN : DELTA_MIN;
  }

  /** The next edge of the delta has this event time. */
  inserted(time: number): void {
    note(this.newest, this.count++, time);
  }

  /** A compaction begins. */
  compacting(): void {
    this.coming = [];
    this.comingCount = 0;
  }

  /** The next edge of the delta that follows the compaction has this event time. */
  carried(time: number): void {
    note(this.coming, this.comingCount++, time);
  }

  /** The shard has a new segment, and what was carried after it. */
  compacted(): void {
    this.newest = this.coming;
    this.count = this.comingCount;
    this.compacting();
    const { segmentEdges } = this.shard;
    const size = Math.min(SAMPLE, segmentEdges);
    this.sample = Float64Array.from({ length: size }, (_, n) =>
      this.shard.edgeTime(Math.floor((n * segmentEdges) / size)),
    );
  }

  /** The shard was filled from a checkpoint. */
  restored(): void {
    this.compacting();
    this.compacted();
    const { segmentEdges, liveEdges, forgottenEdges } = this.shard;
    this.count = forgottenEdges;
    for (let edge = segmentEdges + forgottenEdges; edge < segmentEdges + liveEdges; edge++)
      this.inserted(this.shard.edgeTime(edge));
  }

  /** Bytes held. */
  get bytes(): number {
    return listBytes(this.newest.length + this.coming.length) + this.sample.byteLength;
  }

  /** Edges that a compaction would make smaller or let go of, nearly: those of the delta, removed and expired ones. */
  reclaimable(horizon: number): number {
    const { liveEdges, forgottenEdges, removedFromSegment } = this.shard;
    return liveEdges - forgottenEdges + removedFromSegment + this.expiredOfSegment(horizon);
  }

  /** Whether the shard should be compacted; cheap. */
  isDue(horizon: number): boolean {
    const { segmentEdges, liveEdges, forgottenEdges, removedEdges } = this.shard;
    const delta = liveEdges - forgottenEdges;
    if (delta >= this.deltaMin && delta >= segmentEdges) return true;
    const dead = removedEdges + this.expired(horizon);
    return dead >= DEAD_MIN && 2 * dead > segmentEdges + delta;
  }

  /**
   * Whether the oldest chunk of the delta can be let go of: all its edges have expired, and a whole chunk has come since, so that
   * none is of the record at hand.
   */
  canLetGo(horizon: number): boolean {
    const { liveEdges, forgottenEdges } = this.shard;
    if (forgottenEdges + (2 << CHUNK_LOG2) > liveEdges) return false;
    return (this.newest[forgottenEdges >>> CHUNK_LOG2] as number) < horizon;
  }

  /** Edges that have expired and are held, nearly. */
  private expired(horizon: number): number {
    const { liveEdges, forgottenEdges } = this.shard;
    let expired = 0;
    for (let chunk = forgottenEdges >>> CHUNK_LOG2; chunk < this.newest.length; chunk++) {
      if ((this.newest[chunk] as number) >= horizon) continue;
      expired += Math.min(1 << CHUNK_LOG2, liveEdges - (chunk << CHUNK_LOG2));
    }
    return expired + this.expiredOfSegment(horizon);
  }

  /** Edges of the segment that have expired, nearly; without a look at it. */
  expiredOfSegment(horizon: number): number {
    let of = 0;
    for (const time of this.sample) if (time < horizon) of++;
    return of === 0 ? 0 : Math.floor((of / this.sample.length) * this.shard.segmentEdges);
  }
}

function note(newest: number[], place: number, time: number): void {
  const known = newest[place >>> CHUNK_LOG2];
  if (known === undefined || time > known) newest[place >>> CHUNK_LOG2] = time;
}
