import { words } from '../display/words.ts';
import { Tag, type TagKind } from '../parts/tag.tsx';

/** What has become of a message, as the schema names it. */
export type DeliveryStateName = 'PENDING' | 'DELIVERED' | 'FAILED' | 'CANCELLED';

const KINDS: Readonly<Record<DeliveryStateName, TagKind>> = {
  PENDING: 'busy',
  DELIVERED: 'good',
  FAILED: 'bad',
  CANCELLED: 'plain',
};

/** The state of a delivery in a word. */
export function DeliveryTag({ state }: { readonly state: DeliveryStateName }) {
  return <Tag kind={KINDS[state]}>{words(state)}</Tag>;
}
