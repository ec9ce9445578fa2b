import { ActionIcon } from '@mantine/core';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { AlertQueueScreen } from '../alerts/alert-queue-screen.tsx';
import { useOpenCount } from '../alerts/use-open-count.ts';
import { countText } from '../display/number-text.ts';
import { address, useLocation } from '../navigation/location.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { LoadingRows } from '../parts/loading.tsx';
import { StateMessage } from '../parts/state-message.tsx';
import { useSession } from '../session/session-context.ts';
import { useMay, useViewer } from '../session/viewer-context.ts';
import { ColorSchemeChoice } from './color-scheme-choice.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { HealthLight } from './health-light.tsx';
import { KeyboardDialog } from './keyboard-dialog.tsx';
import styles from './shell.module.css';
import { Wordmark } from './wordmark.tsx';

const AlertDetailScreen = lazy(() =>
  import('../alerts/alert-detail-screen.tsx').then(({ AlertDetailScreen: screen }) => ({ default: screen })),
);
const DefinitionsScreen = lazy(() =>
  import('../definitions/definitions-screen.tsx').then(({ DefinitionsScreen: screen }) => ({
    default: screen,
  })),
);
const WebhooksScreen = lazy(() =>
  import('../webhooks/webhooks-screen.tsx').then(({ WebhooksScreen: screen }) => ({ default: screen })),
);
const ActivityScreen = lazy(() =>
  import('../activity/activity-screen.tsx').then(({ ActivityScreen: screen }) => ({ default: screen })),
);
const AccessScreen = lazy(() =>
  import('../access/access-screen.tsx').then(({ AccessScreen: screen }) => ({ default: screen })),
);
const AuditScreen = lazy(() =>
  import('../audit/audit-screen.tsx').then(({ AuditScreen: screen }) => ({ default: screen })),
);
const UsageScreen = lazy(() =>
  import('../usage/usage-screen.tsx').then(({ UsageScreen: screen }) => ({ default: screen })),
);
const HealthScreen = lazy(() =>
  import('../health/health-screen.tsx').then(({ HealthScreen: screen }) => ({ default: screen })),
);

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

/** The frame around every screen: where one can go, for whom one works, and how the service is. */
export function Shell() {
  const { path } = useLocation();
  const place = path[0] ?? 'alerts';
  const main = useRef<HTMLElement>(null);
  const here = path.join('/');
  const [before, setBefore] = useState(here);
  useEffect(() => {
    // Who hears the page is told of the new screen; at the start the browser does so itself.
    if (here === before) return;
    setBefore(here);
    main.current?.scrollTo(0, 0);
    main.current?.querySelector<HTMLElement>('[data-screen-title]')?.focus({ preventScroll: true });
  }, [here, before]);
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
        <Places places={WORK} here={place} />
        <p className={styles.group}>Manage</p>
        <Places places={MANAGE} here={place} />
        <div className={styles.foot}>
          <HealthLight />
          <ViewerLine />
        </div>
      </nav>
      <main ref={main} className={styles.main} tabIndex={-1}>
        <ErrorBoundary key={here}>
          <Suspense fallback={<LoadingRows rows={6} />}>
            <CurrentScreen place={place} path={path} />
          </Suspense>
        </ErrorBoundary>
      </main>
      <KeyboardDialog />
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

function ViewerLine() {
  const viewer = useViewer();
  const session = useSession();
  return (
    <div className={styles.viewer}>
      <Icon name={viewer.kind === 'KEY' ? 'access' : 'person'} size={16} />
      <span className={`${styles.viewerName} clip`} title={viewer.name}>
        {viewer.name}
      </span>
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
