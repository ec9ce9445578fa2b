import { describe, expect, it } from '@jest/globals';
import { LatencyMeter } from './latency-meter.ts';

describe('decision latency', () => {
  it('counts every decision of a batch, and none of recovery', () => {
    const meter = new LatencyMeter();
    meter.folding();
    meter.decided();
    expect(meter.result()).toBeNull();
    meter.start();
    meter.append();
    meter.append();
    meter.folding();
    meter.decided();
    meter.decided();
    meter.folding();
    meter.decided();
    const latency = meter.result();
    expect(latency?.decisions).toBe(3);
    expect(latency?.p50Micros).toBeLessThanOrEqual(latency?.p99Micros ?? 0);
  });

  it('measures no decision of a frame that nobody appended here, such as definitions', () => {
    const meter = new LatencyMeter();
    meter.start();
    meter.folding();
    meter.decided();
    expect(meter.result()).toBeNull();
  });
});
