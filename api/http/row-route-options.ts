import type { Logger } from 'pino';
import type { EncodeBody } from '../../core/ports/body-encoder.ts';
import type { ServiceSeries } from '../series/service-series.ts';
import type { TransferServices } from '../transfers/send-transfers.ts';
import type { BodyPlaces } from './body-places.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';

/** What the routes that take bodies of rows work with. */
export interface RowRoutesOptions {
  readonly log: Logger;
  readonly encodeBody: EncodeBody;
  readonly places: BodyPlaces;
  readonly metrics: GatewayMetrics;
  readonly series: ServiceSeries;
  readonly transfers: TransferServices;
  /** Bytes of a body, unpacked. */
  readonly bodyBytesMax: number;
}
