import { Tabs } from '@mantine/core';
import { goTo } from '../navigation/location.ts';
import { lazyPart } from '../parts/lazy-part.tsx';
import { Panel } from '../parts/panel.tsx';
import { Screen } from '../parts/screen.tsx';
import { NoPermission } from '../parts/state-message.tsx';
import { type Scope, useMay } from '../session/viewer-context.ts';
import { DraftList } from './draft-list.tsx';
import { RuleTable } from './rule-table.tsx';
import { VersionTable } from './version-table.tsx';

const TextView = lazyPart(async () => (await import('./text-view.tsx')).TextView, 12);
const DraftScreen = lazyPart(async () => (await import('./draft-screen.tsx')).DraftScreen);
const VersionScreen = lazyPart(async () => (await import('./version-screen.tsx')).VersionScreen);

const TABS = [
  { view: 'text', title: 'Text', scope: 'QUERY' },
  { view: 'rules', title: 'Rules', scope: 'QUERY' },
  { view: 'drafts', title: 'Drafts', scope: 'DEFINE' },
  { view: 'versions', title: 'Versions', scope: 'QUERY' },
] as const satisfies readonly { readonly view: string; readonly title: string; readonly scope: Scope }[];

/** What the tenant has the service look for: the text in force, its rules, drafts of changes, and all versions. */
export function DefinitionsScreen({ view, id }: { readonly view: string; readonly id: string | null }) {
  if (view === 'drafts' && id !== null) return <DraftScreen id={id} />;
  if (view === 'versions' && id !== null) return <VersionScreen id={id} />;
  return (
    <Screen title="Definitions">
      <Tabs value={view} onChange={(next) => goTo(['definitions', next ?? 'text'])} keepMounted={false}>
        <Tabs.List mb="md">
          {TABS.map((tab) => (
            <Tabs.Tab key={tab.view} value={tab.view}>
              {tab.title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map((tab) => (
          <Tabs.Panel key={tab.view} value={tab.view}>
            <Guarded scope={tab.scope} view={tab.view} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Screen>
  );
}

function Guarded({ scope, view }: { readonly scope: Scope; readonly view: (typeof TABS)[number]['view'] }) {
  const may = useMay(scope);
  const mayPublish = useMay('PUBLISH');
  if (!may && !(view === 'drafts' && mayPublish)) {
    return (
      <Panel>
        <NoPermission scope={scope} />
      </Panel>
    );
  }
  switch (view) {
    case 'text':
      return <TextView />;
    case 'rules':
      return <RuleTable />;
    case 'drafts':
      return <DraftList />;
    case 'versions':
      return <VersionTable />;
  }
}
