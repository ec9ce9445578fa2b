import { useQuery } from '../graphql/use-query.ts';
import { address } from '../navigation/location.ts';
import { Panel } from '../parts/panel.tsx';
import { FailureMessage } from '../parts/state-message.tsx';
import { Time } from '../parts/time.tsx';
import { DeliveryTag } from '../webhooks/delivery-tag.tsx';
import { AlertDeliveries } from './alert.operations.ts';
import styles from './alert-detail-screen.module.css';

/** Where the alert was sent. */
export function AlertDeliveriesPanel({ alertId }: { readonly alertId: string }) {
  const { data, error, refetch } = useQuery(AlertDeliveries, { alertId });
  if (data === null) {
    return error === null ? null : (
      <Panel title="Webhooks">
        <FailureMessage error={error} retry={refetch} />
      </Panel>
    );
  }
  return (
    <Panel title="Webhooks">
      {data.deliveries.nodes.length === 0 ? <p className={styles.none}>It was sent to no endpoint.</p> : null}
      <ul className={styles.deliveries}>
        {data.deliveries.nodes.map((delivery) => (
          <li key={delivery.id}>
            <a href={address(['webhooks', 'deliveries', delivery.id])}>
              {delivery.endpoint?.name ?? 'removed endpoint'}
            </a>
            <DeliveryTag state={delivery.state} />
            <span className="dim">
              <Time at={delivery.deliveredAt ?? delivery.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
