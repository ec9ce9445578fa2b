import { ActionIcon } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { AlertQueueScreen } from '../alerts/alert-queue-screen.tsx';
import { useOpenCount } from '../alerts/use-open-count.ts';
import { countText } from '../display/number-text.ts';
import { address, useLocation } from '../navigation/location.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { lazyPart, preloadParts } from '../parts/lazy-part.tsx';
import { StateMessage } from '../parts/state-message.tsx';
import { useSession } from '../session/session-context.ts';
import { useMay, useViewer } from '../session/viewer-context.ts';
import { ColorSchemeChoice } from './color-scheme-choice.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { HealthLight } from './health-light.tsx';
import { KeyboardDialog } from './keyboard-dialog.tsx';
import styles from './shell.module.css';
import { useGoKeys } from './use-go-keys.ts';
import { Wordmark } from './wordmark.tsx';

const AlertDetailScreen = lazyPart(
  async () => (await import('../alerts/alert-detail-screen.tsx')).AlertDetailScreen,
);
const DefinitionsScreen = lazyPart(
  async () => (await import('../definitions/definitions-screen.tsx')).DefinitionsScreen,
);
const WebhooksScreen = lazyPart(async () => (await import('../webhooks/webhooks-screen.tsx')).WebhooksScreen);
const ActivityScreen = lazyPart(async () => (await import('../activity/activity-screen.tsx')).ActivityScreen);
const AccessScreen = lazyPart(async () => (await import('../access/access-screen.tsx')).AccessScreen);
const AuditScreen = lazyPart(async () => (await import('../audit/audit-screen.tsx')).AuditScreen);
const UsageScreen = lazyPart(async () => (await import('../usage/usage-screen.tsx')).UsageScreen);
const HealthScreen = lazyPart(async () => (await import('../health/health-screen.tsx')).HealthScreen);

interface Place {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
}

const WORK: readonly Place[] = [
  { path: 'alerts', title: 'Alerts', icon: 'alerts' },
  { path: 'definitions', title: 'Definitions', icon: 'definitions' },
  { path: 'webhooks', title: 'Webhooks', icon: 'webhooks' },
  { path: 'activity', title: 'Activity', icon: 'activity' },
];
const MANAGE: readonly Place[] = [
  { path: 'access', title: 'Access', icon: 'access' },
  { path: 'audit', title: 'Audit', icon: 'audit' },
  { path: 'usage', title: 'Usage', icon: 'usage' },
  { path: 'health', title: 'Health', icon: 'health' },
];

const PRELOAD_AFTER_MS = 1_500;

/** The frame around every screen: where one can go, for whom one works, and how the service is. */
export function Shell() {
  const { path } = useLocation();
  const place = path[0] ?? 'alerts';
  const main = useRef<HTMLElement>(null);
  const here = path.join('/');
  const [before, setBefore] = useState(here);
  const [keysOpened, setKeysOpened] = useState(false);
  useGoKeys();
  useEffect(() => {
    // Who hears the page is told of the new screen; at the start the browser does so itself.
    if (here === before) return;
    setBefore(here);
    main.current?.scrollTo(0, 0);
    main.current?.querySelector<HTMLElement>('[data-screen-title]')?.focus({ preventScroll: true });
  }, [here, before]);
  useEffect(() => {
    // Once the first screen is there, the others are fetched while nobody waits for them.
    const timer = window.setTimeout(() => void preloadParts(), PRELOAD_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <div className={styles.shell}>
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <nav className={styles.rail} aria-label="Main">
        <a className={styles.home} href={address(['alerts'])} aria-label="Ringwatch: alerts">
          <Wordmark />
        </a>
        <TenantName />
        <div className={styles.scroller}>
          <Places places={WORK} here={place} />
          <p className={styles.group}>Manage</p>
          <Places places={MANAGE} here={place} />
        </div>
        <div className={styles.foot}>
          <HealthLight />
          <ViewerLine showKeys={() => setKeysOpened(true)} />
        </div>
      </nav>
      <main ref={main} className={styles.main} tabIndex={-1}>
        <ErrorBoundary key={here}>
          <CurrentScreen place={place} path={path} />
        </ErrorBoundary>
      </main>
      <KeyboardDialog opened={keysOpened} setOpened={setKeysOpened} />
    </div>
  );
}

function CurrentScreen({ place, path }: { readonly place: string; readonly path: readonly string[] }) {
  const [, second, third] = path;
  switch (place) {
    case 'alerts':
      return second === undefined ? <AlertQueueScreen /> : <AlertDetailScreen alertId={second} />;
    case 'definitions':
      return <DefinitionsScreen view={second ?? 'text'} id={third ?? null} />;
    case 'webhooks':
      return <WebhooksScreen view={second ?? 'deliveries'} id={third ?? null} />;
    case 'activity':
      return <ActivityScreen />;
    case 'access':
      return <AccessScreen view={second ?? 'keys'} />;
    case 'audit':
      return <AuditScreen />;
    case 'usage':
      return <UsageScreen />;
    case 'health':
      return <HealthScreen />;
    default:
      return (
        <StateMessage icon="search" title="There is no such page">
          <a href={address(['alerts'])}>Go to the alerts</a>
        </StateMessage>
      );
  }
}

function Places({ places, here }: { readonly places: readonly Place[]; readonly here: string }) {
  return (
    <ul className={styles.places}>
      {places.map(({ path, title, icon }) => (
        <li key={path}>
          <a
            className={styles.place}
            href={address([path])}
            title={title}
            {...(here === path ? { 'aria-current': 'page' as const } : {})}
          >
            <Icon name={icon} />
            <span className={styles.placeTitle}>{title}</span>
            {path === 'alerts' ? <OpenCount /> : null}
          </a>
        </li>
      ))}
    </ul>
  );
}

function OpenCount() {
  const may = useMay('ALERTS');
  const count = useOpenCount(may);
  if (count === 0) return null;
  return (
    <span className={styles.count}>
      {countText(count)}
      <span className="unseen"> open</span>
    </span>
  );
}

function TenantName() {
  const viewer = useViewer();
  const session = useSession();
  return (
    <div className={styles.tenant}>
      <span className={styles.tenantName}>{viewer.tenant?.name}</span>
      {viewer.kind === 'OPERATOR' ? (
        <button type="button" className={styles.switch} onClick={() => void session.chooseTenant(null)}>
          Change
        </button>
      ) : null}
    </div>
  );
}

function ViewerLine({ showKeys }: { readonly showKeys: () => void }) {
  const viewer = useViewer();
  const session = useSession();
  return (
    <div className={styles.viewer}>
      <span className={styles.viewerName} title={viewer.name}>
        <Icon name={viewer.kind === 'KEY' ? 'access' : 'person'} size={16} />
        <span className="clip">{viewer.name}</span>
      </span>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Keys of the keyboard"
        title="Keys of the keyboard (?)"
        onClick={showKeys}
      >
        <Icon name="keyboard" />
      </ActionIcon>
      <ColorSchemeChoice />
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Sign out"
        title="Sign out"
        onClick={() => void session.signOut()}
      >
        <Icon name="leave" />
      </ActionIcon>
    </div>
  );
}
