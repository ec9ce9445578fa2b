import { Button, Group, Switch } from '@mantine/core';
import { useState } from 'react';
import { useMutation } from '../graphql/use-mutation.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Facts } from '../parts/facts.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/state-message.tsx';
import { WhoAmI } from '../session/session.operations.ts';
import { useViewer } from '../session/viewer-context.ts';
import styles from './access.module.css';
import { UpdateTenant } from './access.operations.ts';

/** What the tenant decides for itself. */
export function SettingsPanel() {
  const start = useViewer();
  const tenant = useQuery(WhoAmI, {}).data?.viewer.tenant ?? start.tenant;
  const notice = useNotice();
  const update = useMutation(UpdateTenant, { refreshes: ['WhoAmI'] });
  const [asking, setAsking] = useState(false);
  if (tenant === null) return null;
  const { twoPersonRule } = tenant.settings;
  const change = async (on: boolean): Promise<void> => {
    const done = await update.run({ input: { twoPersonRule: on } });
    if (done === null) return;
    setAsking(false);
    notice({
      kind: 'done',
      text: on ? 'A second person is needed again' : 'One person may publish alone now',
    });
  };
  return (
    <Panel title={tenant.name}>
      <div className={styles.settings}>
        <Facts
          facts={[
            [
              'Short name',
              <span key="slug" className="mono">
                {tenant.slug}
              </span>,
            ],
            [
              'Tenant id',
              <span key="id" className="mono">
                {tenant.tenantId}
              </span>,
            ],
          ]}
        />
        <Switch
          label="A draft is published by another person than its author"
          description="Switching this off is in the audit log, and holds for everyone."
          checked={twoPersonRule}
          disabled={update.running}
          onChange={(event) => {
            if (event.currentTarget.checked) void change(true);
            else setAsking(true);
          }}
        />
        {update.error === null || asking ? null : <ProblemNote error={update.error} />}
      </div>
      <Dialog title="Let one person publish alone?" opened={asking} close={() => setAsking(false)}>
        <p>
          Whoever may draft and publish can then change what decides about payments without a second pair of
          eyes.
        </p>
        {update.error === null ? null : <ProblemNote error={update.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            Keep it on
          </Button>
          <Button color="red.9" loading={update.running} onClick={() => void change(false)}>
            Switch it off
          </Button>
        </Group>
      </Dialog>
    </Panel>
  );
}
