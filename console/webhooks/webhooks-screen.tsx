import { Tabs } from '@mantine/core';
import { goTo } from '../navigation/location.ts';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { NoPermission } from '../parts/state-message.tsx';
import { useMay } from '../session/viewer-context.ts';
import { DeliveryList } from './delivery-list.tsx';
import { DeliveryScreen } from './delivery-screen.tsx';
import { EndpointList } from './endpoint-list.tsx';

/** Where alerts are sent to, and what became of each message. */
export function WebhooksScreen({ view, id }: { readonly view: string; readonly id: string | null }) {
  const may = useMay('ADMIN');
  if (!may) {
    return (
      <Screen title="Webhooks">
        <Panel>
          <NoPermission scope="ADMIN" />
        </Panel>
      </Screen>
    );
  }
  if (view === 'deliveries' && id !== null) return <DeliveryScreen id={id} />;
  return (
    <Screen title="Webhooks">
      <Tabs value={view} onChange={(next) => goTo(['webhooks', next ?? 'deliveries'])} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="deliveries">Deliveries</Tabs.Tab>
          <Tabs.Tab value="endpoints">Endpoints</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="deliveries">
          <DeliveryList />
        </Tabs.Panel>
        <Tabs.Panel value="endpoints">
          <EndpointList />
        </Tabs.Panel>
      </Tabs>
    </Screen>
  );
}
