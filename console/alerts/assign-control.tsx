import { useState } from 'react';
import { useMutation } from '../graphql/use-mutation.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Icon } from '../parts/icon.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { OptionalSelect } from '../parts/optional-select.tsx';
import { useMay, useViewer } from '../session/viewer-context.ts';
import { PeopleToAssign } from './alert.operations.ts';
import { AssignAlert } from './alerts.operations.ts';

interface Assigned {
  readonly id: string;
  readonly assignee: { readonly memberId: string; readonly name: string | null } | null;
}

/** Who sees to an alert. Who may not read the members can take it, or give it up. */
export function AssignControl({ alert }: { readonly alert: Assigned }) {
  const viewer = useViewer();
  const mayRead = useMay('ADMIN');
  const notice = useNotice();
  // Every look at the members is in the audit log: there is none before it is of use.
  const [opened, setOpened] = useState(false);
  const { data } = useQuery(PeopleToAssign, {}, { skip: !mayRead || !opened });
  const assign = useMutation(AssignAlert, { refreshes: ['AlertDetail', 'AlertQueue'] });
  const people = new Map<string, string>();
  if (viewer.memberId !== null) people.set(viewer.memberId, `${viewer.name} (me)`);
  for (const { id, name } of data?.members.nodes ?? []) if (!people.has(id)) people.set(id, name);
  const { assignee } = alert;
  if (assignee !== null && !people.has(assignee.memberId)) {
    people.set(assignee.memberId, assignee.name ?? 'a colleague');
  }
  const change = async (memberId: string | null): Promise<void> => {
    const done = await assign.run({ input: { id: alert.id, memberId } });
    if (done !== null) {
      notice({
        kind: 'done',
        text: memberId === null ? 'Assigned to nobody' : `Assigned to ${people.get(memberId) ?? ''}`,
      });
    }
  };
  return (
    <OptionalSelect
      size="xs"
      w={210}
      aria-label="Assigned to"
      none="Unassigned"
      searchable={people.size > 8}
      disabled={assign.running || (people.size === 0 && !mayRead)}
      onDropdownOpen={() => setOpened(true)}
      leftSection={<Icon name="person" size={14} />}
      data={[...people].map(([value, label]) => ({ value, label }))}
      value={assignee?.memberId ?? null}
      onChange={(memberId) => void change(memberId)}
      error={assign.error?.message}
    />
  );
}
