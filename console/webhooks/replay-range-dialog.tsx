import { Button, Group, Select, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { amountOf } from '../display/number-text.ts';
import { zoneText } from '../display/time-text.ts';
import { sentence } from '../display/words.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { OptionalSelect } from '../parts/optional-select.tsx';
import { ProblemNote } from '../parts/state-message.tsx';
import type { DeliveryStateName } from './delivery-tag.tsx';
import styles from './webhooks-screen.module.css';
import { ReplayDeliveries } from './webhooks.operations.ts';

const STATES: readonly DeliveryStateName[] = ['PENDING', 'DELIVERED', 'FAILED', 'CANCELLED'];

/** Sends all messages of an endpoint within a stretch of time again. */
export function ReplayRangeDialog(props: {
  readonly opened: boolean;
  readonly close: () => void;
  readonly endpoints: readonly { readonly id: string; readonly name: string }[];
  readonly endpointId: string | null;
}) {
  const notice = useNotice();
  const replay = useMutation(ReplayDeliveries, { refreshes: ['DeliveryList'] });
  const [endpointId, setEndpointId] = useState<string | null>(null);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [state, setState] = useState<string | null>('FAILED');
  const chosen = endpointId ?? props.endpointId ?? props.endpoints[0]?.id ?? null;
  const [nothing, setNothing] = useState(false);
  const { reset } = replay;
  useEffect(() => {
    setNothing(false);
    if (props.opened) reset();
  }, [props.opened, reset]);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (chosen === null) return;
    const done = await replay.run({
      input: {
        endpointId: chosen,
        ...(from === '' ? {} : { from: new Date(from).toISOString() }),
        ...(to === '' ? {} : { to: new Date(to).toISOString() }),
        ...(state === null ? {} : { state: state as DeliveryStateName }),
      },
    });
    if (done === null) return;
    setNothing(done.count === 0);
    if (done.count === 0) return;
    notice({ kind: 'done', text: `${amountOf(done.count ?? 0, 'message')} sent again` });
    props.close();
  };
  return (
    <Dialog title="Replay a range" opened={props.opened} close={props.close}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <p>
          Each message is sent again under its own webhook id, so that the receiver knows it. At most 10,000
          at a time.
        </p>
        <Select
          label="Endpoint"
          allowDeselect={false}
          data={props.endpoints.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={setEndpointId}
        />
        <OptionalSelect
          label="State"
          none="Any state"
          data={STATES.map((value) => ({ value, label: sentence(value) }))}
          value={state}
          onChange={setState}
        />
        <Group grow>
          <TextInput
            type="datetime-local"
            label="Made at or after"
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label="and before"
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
        </Group>
        <p className="dim">Times are of {zoneText()}. Left empty, the range has no end there.</p>
        {replay.error === null ? null : <ProblemNote error={replay.error} />}
        {nothing ? (
          <p role="status">
            <strong>Nothing was sent again:</strong> no message of this endpoint is of that state and time.
          </p>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.close}>
            Cancel
          </Button>
          <Button type="submit" loading={replay.running} disabled={chosen === null}>
            Replay
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
