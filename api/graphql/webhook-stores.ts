import { RingwatchError } from '../../core/errors.ts';
import type { DeliveryStore } from '../../tenants/delivery-store.ts';
import type { EndpointStore } from '../../tenants/endpoint-store.ts';
import { type RequestContext, withTenant } from '../request-context.ts';

/** Endpoints of the caller's tenant. Throws NOT_BUILT where the process delivers none. */
export function endpointsOf(context: RequestContext): EndpointStore {
  const { endpoints } = withTenant(context).tenant;
  if (endpoints === undefined) throw new RingwatchError('NOT_BUILT', { feature: 'webhooks' });
  return endpoints;
}

/** Deliveries of the caller's tenant. Throws NOT_BUILT where the process delivers none. */
export function deliveriesOf(context: RequestContext): DeliveryStore {
  const { deliveries } = withTenant(context).tenant;
  if (deliveries === undefined) throw new RingwatchError('NOT_BUILT', { feature: 'webhooks' });
  return deliveries;
}
