import { Tabs } from '@mantine/core';
import { goTo } from '../navigation/location.ts';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { NoPermission } from '../parts/state-message.tsx';
import { useMay } from '../session/viewer-context.ts';
import { KeyTable } from './key-table.tsx';
import { MemberTable } from './member-table.tsx';
import { SettingsPanel } from './settings-panel.tsx';

/** Who may do what: API keys, members, and what the tenant decides for all. */
export function AccessScreen({ view }: { readonly view: string }) {
  if (!useMay('ADMIN')) {
    return (
      <Screen title="Access">
        <Panel>
          <NoPermission scope="ADMIN" />
        </Panel>
      </Screen>
    );
  }
  return (
    <Screen title="Access">
      <Tabs value={view} onChange={(next) => goTo(['access', next ?? 'keys'])} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="keys">API keys</Tabs.Tab>
          <Tabs.Tab value="members">Members</Tabs.Tab>
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="keys">
          <KeyTable />
        </Tabs.Panel>
        <Tabs.Panel value="members">
          <MemberTable />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <SettingsPanel />
        </Tabs.Panel>
      </Tabs>
    </Screen>
  );
}
